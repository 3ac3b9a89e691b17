//! Where a file of weights comes from: a repository on a site, a revision of it, and a path in it.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::weights::site::Site;

/// How a source on GitHub begins.
const ON_GITHUB: &str = "github:";
/// The revision of a model repository that is meant without a word.
const MAIN: &str = "main";

/// A file in a model repository, written `owner/repository/path` or `owner/repository@revision/path`, or in one on GitHub,
/// written `github:owner/repository@revision/path`. There it needs a revision, as its branches move on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    site: Site,
    owner: String,
    repository: String,
    revision: String,
    path: Vec<String>,
}

impl FromStr for Source {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (site, text) = match text.strip_prefix(ON_GITHUB) {
            Some(rest) => (Site::GitHub, rest),
            None => (Site::Hub, text),
        };
        let parts: Vec<&str> = text.split('/').collect();
        let [owner, repository, path @ ..] = parts.as_slice() else { return Err(()) };
        let (repository, revision) = match (repository.split_once('@'), site) {
            (Some(named), _) => named,
            (None, Site::Hub) => (*repository, MAIN),
            (None, Site::GitHub) => return Err(()),
        };
        let is_name = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && !part.chars().any(|c| c.is_control() || c.is_whitespace())
        };
        let is_site = owner.contains(':');
        let is_whole =
            !is_site && !path.is_empty() && [*owner, repository, revision].iter().chain(path).all(|part| is_name(part));
        is_whole
            .then(|| Self {
                site,
                owner: (*owner).into(),
                repository: repository.into(),
                revision: revision.into(),
                path: path.iter().map(|&part| part.into()).collect(),
            })
            .ok_or(())
    }
}

/// How much of a commit's name tells it from others.
const SHORT_COMMIT: usize = 12;

impl Source {
    /// Who has it.
    pub(crate) fn site(&self) -> Site {
        self.site
    }

    /// For people: a commit by the first of its digits, and no path where that is the name of the file itself.
    pub fn in_brief(&self, file: &str) -> String {
        let is_commit = self.revision.len() == 40 && self.revision.chars().all(|c| c.is_ascii_hexdigit());
        let mut brief = self.clone();
        brief.revision.truncate(if is_commit { SHORT_COMMIT } else { usize::MAX });
        let text = brief.to_string();
        // A folder may be called like the repository, which is to be told.
        let is_its_path = self.path.join("/").ends_with(file);
        text.strip_suffix(&format!("/{file}")).filter(|_| is_its_path).unwrap_or(&text).to_owned()
    }

    /// Its address on a site; `None` if that site's address cannot carry a path.
    pub(crate) fn address(&self, endpoint: &Url) -> Option<Url> {
        let mut url = endpoint.clone();
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .extend([&self.owner, &self.repository])
            .extend((self.site == Site::Hub).then_some("resolve"))
            .push(&self.revision)
            .extend(&self.path);
        Some(url)
    }

    /// The page of its repository, where the terms can be accepted.
    pub(crate) fn page(&self, endpoint: &Url) -> String {
        format!("{}/{}/{}", endpoint.as_str().trim_end_matches('/'), self.owner, self.repository)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, usual) = match self.site {
            Site::Hub => ("", Some(MAIN)),
            Site::GitHub => (ON_GITHUB, None),
        };
        write!(f, "{prefix}{}/{}", self.owner, self.repository)?;
        if usual != Some(self.revision.as_str()) {
            write!(f, "@{}", self.revision)?;
        }
        write!(f, "/{}", self.path.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_an_address() {
        let endpoint = Url::parse("https://hub.example/mirror/").unwrap();
        for (text, path) in [
            ("ann/net/a.bin", "ann/net/resolve/main/a.bin"),
            ("ann/net@v1.0/sub/a b.bin".replace(' ', "#").as_str(), "ann/net/resolve/v1.0/sub/a%23b.bin"),
        ] {
            let source: Source = text.parse().unwrap();
            assert_eq!(source.to_string(), text);
            let address = source.address(&endpoint).unwrap();
            assert_eq!(address.as_str(), format!("https://hub.example/mirror/{path}"));
            assert_eq!(source.page(&endpoint), "https://hub.example/mirror/ann/net");
            assert_eq!(source.site(), Site::Hub);
        }
    }

    #[test]
    fn a_source_on_github_has_a_revision_and_an_address_there() {
        let endpoint = Url::parse(Site::GitHub.usual()).unwrap();
        for (text, path) in [
            ("github:ann/net@v2.2.9/data/a.pt", "ann/net/v2.2.9/data/a.pt"),
            ("github:ann/net@main/a.pt", "ann/net/main/a.pt"),
        ] {
            let source: Source = text.parse().unwrap();
            assert_eq!((source.to_string().as_str(), source.site()), (text, Site::GitHub));
            let address = source.address(&endpoint).unwrap();
            assert_eq!(address.as_str(), format!("https://raw.githubusercontent.com/{path}"));
        }
        for text in ["github:ann/net/a.pt", "github:ann/net@/a.pt", "github:ann@v1/a.pt", "gitlab:ann/net@v1/a.pt"] {
            assert_eq!(text.parse::<Source>(), Err(()), "{text:?}");
        }
    }

    #[test]
    fn people_are_told_what_they_do_not_see_already() {
        let brief = |source: &str, file| source.parse::<Source>().unwrap().in_brief(file);
        let commit = "e4a2f60328ee7c32af585ac4b3cce299e4c8e254";
        assert_eq!(brief(&format!("ann/net@{commit}/sub/a.bin"), "sub/a.bin"), "ann/net@e4a2f60328ee");
        assert_eq!(brief(&format!("ann/net@{commit}/sub/a.bin"), "a"), "ann/net@e4a2f60328ee/sub/a.bin");
        assert_eq!(brief("ann/net@v1/a.bin", "a.bin"), "ann/net@v1");
        assert_eq!(brief(&format!("github:ann/net@{commit}/a.bin"), "a.bin"), "github:ann/net@e4a2f60328ee");
        assert_eq!(brief("ann/net/a.bin", "net/a.bin"), "ann/net/a.bin");
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for text in ["", "net", "ann/net", "ann/net/", "/net/a", "ann/net@/a", "ann/@v1/a", "ann/net/../a", "a/b/c d"] {
            assert_eq!(text.parse::<Source>(), Err(()), "{text:?}");
        }
    }
}
