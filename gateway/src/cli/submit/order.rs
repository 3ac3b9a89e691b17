//! What is to be submitted: read and looked at before anything is sent, so that everything that is wrong is told at once.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use futures::StreamExt;
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use serde_json::{Map, Value};
use tempfile::NamedTempFile;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use crate::cli::job_progress::JobProgress;
use crate::cli::values::{object, pairs, typed};
use crate::cli::video_file::VideoFile;

/// What to make, and where.
#[derive(Debug, Default, clap::Args)]
pub(super) struct OrderArguments {
    /// Portrait: JPEG, PNG, HEIC, AVIF, WebP, TIFF, GIF or BMP
    #[arg(long, value_name = "FILE")]
    photo: Option<PathBuf>,
    /// Speech: anything FFmpeg decodes
    #[arg(long, value_name = "FILE")]
    speech: Option<PathBuf>,
    /// Source video, for engines that take one
    #[arg(long, value_name = "FILE")]
    source_video: Option<PathBuf>,
    /// Engine [default: the gateway's]
    #[arg(long)]
    engine: Option<String>,
    /// The engine's parameters as JSON, such as '{"seed": 1}'
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// One parameter, over those of --params, as often as you like; a value that is no JSON is a text
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,
    /// A text of your own that the job keeps, such as order=4711, as often as you like
    #[arg(long, value_name = "NAME=VALUE")]
    metadata: Vec<String>,
    /// Where to write the video; a file that is there is replaced, once the new one is complete
    #[arg(short, long, value_name = "FILE", required_unless_present = "detach")]
    output: Option<PathBuf>,
}

/// A submission that can be sent, as often as it takes.
#[derive(Debug)]
pub(super) struct Order {
    /// Fields of the form and their texts.
    texts: Vec<(&'static str, String)>,
    files: Vec<InputFile>,
    /// Where the video goes, unless nobody waits for it.
    pub(super) output: Option<VideoFile>,
}

/// A file that is sent along.
#[derive(Debug)]
struct InputFile {
    field: &'static str,
    /// What it is called.
    name: String,
    path: PathBuf,
    /// What came out of a pipe, which can be read only once.
    _kept: Option<NamedTempFile>,
}

impl Order {
    /// Reads the command line, and looks at the files that it names.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with the option that it was given to.
    pub(super) fn of(arguments: &OrderArguments) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let mut texts = Vec::new();
        texts.extend(arguments.engine.clone().map(|engine| ("engine", engine)));
        match params(arguments) {
            Ok(params) if params.is_empty() => {}
            Ok(params) => texts.push(("params", Value::Object(params).to_string())),
            Err(more) => mistakes.extend(more),
        }
        match pairs("--metadata", &arguments.metadata) {
            Ok(metadata) if metadata.is_empty() => {}
            Ok(metadata) => texts.push(("metadata", serde_json::json!(metadata).to_string())),
            Err(more) => mistakes.extend(more),
        }
        let mut output = arguments.output.as_ref().and_then(|path| match VideoFile::look(path, true) {
            Ok(file) => Some(file),
            Err(why) => {
                mistakes.push(format!("--output {}: {why}", path.display()));
                None
            }
        });
        let mut files = Vec::new();
        for (option, field, path) in [
            ("--photo", "photo", &arguments.photo),
            ("--speech", "audio", &arguments.speech),
            ("--source-video", "video", &arguments.source_video),
        ] {
            let Some(path) = path else { continue };
            match InputFile::open(field, path) {
                Ok(file) => files.push(file),
                Err(why) => mistakes.push(format!("{option} {}: {why}", path.display())),
            }
            if output.take_if(|output| output.is_same_as(path)).is_some() {
                mistakes.push(format!("--output {}: it is the file of {option}; name another", path.display()));
            }
        }
        if mistakes.is_empty() { Ok(Self { texts, files, output }) } else { Err(mistakes) }
    }

    /// The form to send, whose bytes `progress` counts.
    ///
    /// # Errors
    /// A file has gone meanwhile.
    pub(super) async fn form(&self, progress: &JobProgress) -> anyhow::Result<Form> {
        let mut form = Form::new();
        for (field, text) in &self.texts {
            form = form.text(*field, text.clone());
        }
        let mut bytes = 0;
        for file in &self.files {
            let (part, length) = file.part(progress).await?;
            form = form.part(file.field, part);
            bytes += length;
        }
        progress.transfer("upload", bytes);
        Ok(form)
    }
}

impl InputFile {
    /// Opens a file to see that it can be read; what is no file on a disk is read to its end.
    fn open(field: &'static str, path: &Path) -> Result<Self, String> {
        let found = fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        })?;
        if found.is_dir() {
            return Err("it is a folder; name a file".into());
        }
        let mut file = File::open(path).map_err(|error| format!("it cannot be read: {error}"))?;
        // A line break would end the line of the form that names the file.
        let name = path.file_name().unwrap_or_default().to_string_lossy().replace(char::is_control, "_");
        if found.is_file() {
            return Ok(Self { field, name, path: path.to_owned(), _kept: None });
        }
        let kept = NamedTempFile::new().and_then(|kept| io::copy(&mut file, &mut kept.as_file()).map(|_| kept));
        let kept = kept.map_err(|error| format!("it cannot be read to its end: {error}"))?;
        Ok(Self { field, name, path: kept.path().to_owned(), _kept: Some(kept) })
    }

    /// The file as a part of the form that counts what is read of it, and its length.
    async fn part(&self, progress: &JobProgress) -> anyhow::Result<(Part, u64)> {
        let place = || format!("cannot read {}", self.path.display());
        let file = tokio::fs::File::open(&self.path).await.with_context(place)?;
        let length = file.metadata().await.with_context(place)?.len();
        let sent = progress.counter();
        // What is appended meanwhile is not part of what was announced.
        let pieces = ReaderStream::new(file.take(length)).inspect(move |piece| {
            sent(piece.as_ref().map_or(0, |piece| piece.len() as u64));
        });
        Ok((Part::stream_with_length(Body::wrap_stream(pieces), length).file_name(self.name.clone()), length))
    }
}

/// The parameters: those of `--params`, and over them each `--param`, read as JSON where it is some.
fn params(arguments: &OrderArguments) -> Result<Map<String, Value>, Vec<String>> {
    const REMEDY: &str = "write it as '{\"seed\": 1}', or use --param seed=1";
    match (object(arguments.params.as_deref()), typed("--param", &arguments.param)) {
        (Ok(mut params), Ok(single)) => {
            params.extend(single);
            Ok(params)
        }
        (Ok(_), Err(mistakes)) => Err(mistakes),
        (Err(why), single) => {
            let mistake = format!("--params: {why}; {REMEDY}");
            Err([mistake].into_iter().chain(single.err().into_iter().flatten()).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arguments(params: Option<&str>, param: &[&str]) -> OrderArguments {
        OrderArguments {
            params: params.map(str::to_owned),
            param: param.iter().map(|&text| text.to_owned()).collect(),
            ..OrderArguments::default()
        }
    }

    #[test]
    fn parameters_are_typed_by_json_and_else_texts() {
        let given = ["seed=7", "emotion=happy", "loop=true", "name=", "text=\"7\"", "list=[1, 2]", "sum=1+1=2"];
        let read = params(&arguments(Some(r#"{"seed": 1, "fps": 25}"#), &given)).unwrap();
        let expected = json!({"seed": 7, "fps": 25, "emotion": "happy", "loop": true, "name": "", "text": "7",
            "list": [1, 2], "sum": "1+1=2"});
        assert_eq!(Value::Object(read), expected);
    }

    #[test]
    fn every_mistake_is_told_with_its_option() {
        let told = params(&arguments(Some("{seed: 1}"), &["seed", "=7", "a=1", "a=2"])).unwrap_err();
        assert_eq!(told.len(), 4, "{told:?}");
        for (told, words) in
            told.iter().zip(["--params: it is no JSON", "--param seed:", "--param =7:", "a comes twice"])
        {
            assert!(told.contains(words), "{told}");
        }
    }
}
