//! Which code stands for each kind of error of engines and of media, and for what the machine lacks. Errors of a file
//! system have none: they are not the client's.

use avatar_media::picture::PictureError;
use avatar_media::sound::SoundError;
use avatar_media::video::SourceVideoError;
use engine_api::ErrorKind;

use crate::domain::code::Code;
use crate::domain::shortage::Shortage;

/// The code of a job's error that its engine tells.
pub fn of_engine(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Input => Code::EngineInput,
        ErrorKind::Weights => Code::EngineWeights,
        ErrorKind::Device => Code::EngineDevice,
        ErrorKind::OutOfMemory => Code::EngineOutOfMemory,
        ErrorKind::Backend => Code::EngineBackend,
        ErrorKind::Canceled => Code::JobCanceled,
        ErrorKind::Output => Code::EngineOutput,
        ErrorKind::Panic => Code::EnginePanic,
        ErrorKind::Internal => Code::EngineInternal,
    }
}

/// The code of an answer that cannot be given because something is short.
pub fn of_shortage(shortage: Shortage) -> Code {
    match shortage {
        Shortage::Storage => Code::StorageFull,
        Shortage::Handles | Shortage::Memory | Shortage::Processes => Code::GatewayOverloaded,
        Shortage::Database => Code::GatewayDatabase,
        Shortage::Binary => Code::GatewayOutdated,
    }
}

/// The code of a photo that is no usable picture.
pub fn of_picture(error: &PictureError) -> Option<Code> {
    Some(match error {
        PictureError::Empty => Code::ImageEmpty,
        PictureError::TooManyBytes { .. } | PictureError::TooManyPixels { .. } | PictureError::TooMuchMemory { .. } => {
            Code::ImageTooLarge
        }
        PictureError::Unsupported { .. } => Code::ImageUnsupported,
        PictureError::Undecodable { .. } => Code::ImageUndecodable,
        PictureError::Io(_) => return None,
    })
}

/// The code of speech that is no usable sound.
pub fn of_sound(error: &SoundError) -> Option<Code> {
    Some(match error {
        SoundError::Empty => Code::AudioEmpty,
        SoundError::Undecodable { .. } => Code::AudioUndecodable,
        SoundError::NoSound { .. } => Code::AudioNoSound,
        SoundError::TooLong { .. } => Code::AudioTooLong,
        SoundError::TooDense { .. } => Code::AudioTooDense,
        SoundError::Io(_) => return None,
    })
}

/// The code of a source video that is none.
pub fn of_source_video(error: &SourceVideoError) -> Option<Code> {
    Some(match error {
        SourceVideoError::Empty => Code::VideoEmpty,
        SourceVideoError::Undecodable { .. } => Code::VideoUndecodable,
        SourceVideoError::NoPicture { .. } => Code::VideoNoPicture,
        SourceVideoError::TooLong { .. } => Code::VideoTooLong,
        SourceVideoError::TooManyPixels { .. } => Code::VideoTooLarge,
        SourceVideoError::TooFast { .. } => Code::VideoTooFast,
        SourceVideoError::Io(_) => return None,
    })
}
