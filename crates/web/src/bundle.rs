//! What was embedded.

use std::borrow::Cow;

use rust_embed::RustEmbed;

use crate::Page;

/// Everything under `web/dist`, as it was when the program was built.
#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
#[allow_missing = true]
struct Embedded;

/// The bundle.
pub struct Bundle;

/// A file in one of its encodings.
pub struct Encoded {
    /// The bytes.
    pub bytes: Cow<'static, [u8]>,
    /// `br` or `gzip`; `None`: as it is.
    pub encoding: Option<&'static str>,
}

/// A file of the bundle.
pub struct File {
    /// Its path in the bundle.
    path: String,
    /// Names its content: the first half of its SHA-256.
    pub tag: String,
    /// Media type.
    pub media: &'static str,
    /// Whether its name changes with its content.
    pub is_immutable: bool,
}

impl Bundle {
    /// The file behind a path of the server, where there is one. Pages are not files: they have paths of their own.
    pub fn file(path: &str) -> Option<File> {
        let path = path.strip_prefix('/')?;
        let is_hidden = [".html", ".br", ".gz", "manifest.json"]
            .iter()
            .any(|end| path.ends_with(end));
        if path.is_empty() || is_hidden {
            return None;
        }
        File::read(path)
    }

    /// The document of a page.
    pub fn page(page: Page) -> Option<File> {
        File::read(match page {
            Page::Portal => "index.html",
            Page::Desk => "desk.html",
        })
    }
}

impl File {
    fn read(path: &str) -> Option<Self> {
        let hash = Embedded::get(path)?.metadata.sha256_hash();
        Some(Self {
            path: path.to_owned(),
            tag: hash[..16].iter().map(|byte| format!("{byte:02x}")).collect(),
            media: media(path),
            is_immutable: path.starts_with("assets/"),
        })
    }

    /// The file in the best encoding that a client takes.
    pub fn encoded(&self, accepts: impl Fn(&str) -> bool) -> Option<Encoded> {
        let encoded = [("br", ".br"), ("gzip", ".gz")]
            .into_iter()
            .find_map(|(encoding, end)| {
                let found = accepts(encoding).then(|| Embedded::get(&format!("{}{end}", self.path)))??;
                Some(Encoded {
                    bytes: found.data,
                    encoding: Some(encoding),
                })
            });
        encoded.or_else(|| {
            Some(Encoded {
                bytes: Embedded::get(&self.path)?.data,
                encoding: None,
            })
        })
    }
}

/// The media type of what a bundle is made of.
fn media(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
