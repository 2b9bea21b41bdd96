//! The base map (底图) under our own: tiles from somewhere else, only where somebody has set it up.
//!
//! The page is told which tiles to fetch, and the security policy lets it fetch from exactly those hosts. Both follow from
//! the same settings, which is why the document is served beside the pages and not by the API.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use serde::{Deserialize, Serialize};

/// Where pages ask for it.
pub const PATH: &str = "/base-map.json";
/// Most layers that lie over one another.
const MAX_LAYERS: usize = 4;
/// Zoom to which tiles exist unless told otherwise.
const MAX_ZOOM: u8 = 18;

/// A layer of tiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Addresses of the same tiles, with `{z}`, `{x}` and `{y}`; a browser spreads its questions over them.
    pub tiles: Vec<String>,
    /// Who is to be named on the map.
    #[serde(default)]
    pub attribution: String,
    /// The finest zoom at which there are tiles.
    #[serde(default = "max_zoom")]
    pub max_zoom: u8,
}

fn max_zoom() -> u8 {
    MAX_ZOOM
}

/// What is known of maps beside our own outlines.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BaseMap {
    /// Layers of tiles, the lowest first; none: nothing is asked of anybody else.
    pub layers: Vec<Layer>,
    /// The number under which the maps were approved (审图号), shown on each of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_number: Option<String>,
}

impl BaseMap {
    /// Checks what was set.
    ///
    /// # Errors
    /// Which address is none, and how it should look.
    pub fn new(layers: Vec<Layer>, approval_number: Option<String>) -> Result<Self, String> {
        if layers.len() > MAX_LAYERS {
            return Err(format!("at most {MAX_LAYERS} layers lie over one another"));
        }
        for layer in &layers {
            if layer.tiles.is_empty() {
                return Err("a layer has at least one address under `tiles`".to_owned());
            }
            if !(1..=24).contains(&layer.max_zoom) {
                return Err(format!("max_zoom is {}; it must be 1 to 24", layer.max_zoom));
            }
            for tile in &layer.tiles {
                let named = ["{z}", "{x}", "{y}"].iter().all(|part| tile.contains(part));
                if origin(tile).is_none() || !named {
                    return Err(format!(
                        "`{tile}`: write it as https://tiles.example/{{z}}/{{x}}/{{y}}.png"
                    ));
                }
            }
        }
        let approval_number = approval_number
            .map(|number| number.trim().to_owned())
            .filter(|number| !number.is_empty());
        if approval_number
            .as_ref()
            .is_some_and(|number| number.chars().count() > 100)
        {
            return Err("the approval number has at most 100 characters".to_owned());
        }
        Ok(Self {
            layers,
            approval_number,
        })
    }

    /// Where the tiles come from: each host once.
    pub(crate) fn origins(&self) -> BTreeSet<&str> {
        let tiles = self.layers.iter().flat_map(|layer| &layer.tiles);
        tiles.filter_map(|tile| origin(tile)).collect()
    }

    /// The document that pages read.
    pub(crate) fn answer(&self, method: &Method) -> Response {
        // Strings and numbers always have a JSON form.
        let text = serde_json::to_string(self).unwrap_or_default();
        let body = if method == Method::HEAD {
            Body::empty()
        } else {
            Body::from(text)
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        response
    }
}

/// Scheme and host of an address, where they are such that a security policy can name them: nothing in them ends its
/// source or begins another.
fn origin(tile: &str) -> Option<&str> {
    let after = ["https://", "http://"]
        .iter()
        .find(|scheme| tile.starts_with(**scheme))?
        .len();
    let end = tile[after..].find('/').map(|at| after + at)?;
    let host = &tile[after..end];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let is_sound = !tile.contains(char::is_whitespace) && !host.is_empty() && host.chars().all(is_plain);
    is_sound.then_some(&tile[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(tiles: &[&str]) -> Layer {
        Layer {
            tiles: tiles.iter().map(|&tile| tile.to_owned()).collect(),
            attribution: "某图".to_owned(),
            max_zoom: 18,
        }
    }

    #[test]
    fn hosts_are_named_once_and_nothing_else_gets_into_the_policy() {
        let tile = |host: &str| format!("{host}/{{z}}/{{x}}/{{y}}.png?tk=1");
        let (a, b) = (tile("https://t0.example"), tile("http://127.0.0.1:9"));
        let map = BaseMap::new(
            vec![layer(&[&a, &b]), layer(&[&a])],
            Some(" 青S（2024）001号 ".to_owned()),
        )
        .unwrap();
        assert_eq!(
            map.origins().into_iter().collect::<Vec<_>>(),
            ["http://127.0.0.1:9", "https://t0.example"]
        );
        assert_eq!(map.approval_number.as_deref(), Some("青S（2024）001号"));
        for wrong in [
            "ftp://t/{z}/{x}/{y}",
            "https:///{z}/{x}/{y}",
            "https://t.example;script-src *//{z}/{x}/{y}",
            "https://t.example script-src/{z}/{x}/{y}",
            "https://*/{z}/{x}/{y}",
            "https://{s}.example/{z}/{x}/{y}",
            "https://t.example/{z}/{x}",
            "/{z}/{x}/{y}",
        ] {
            let fault = BaseMap::new(vec![layer(&[wrong])], None).unwrap_err();
            assert!(fault.contains("tiles.example"), "{fault}");
        }
        assert!(BaseMap::new(vec![layer(&[])], None).is_err());
        assert!(BaseMap::new(vec![layer(&[&a]); 5], None).is_err());
    }
}
