//! A district in a folder of its own, and clients of its interfaces.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use jiff::SignedDuration;
use jiff::tz::Offset;
use quanyu_app::App;
use quanyu_app::api_keys::{KeyDraft, KeyRight};
use quanyu_app::blobs::Blobs;
use quanyu_app::cases::Caller;
use quanyu_app::passwords::Hashing;
use quanyu_app::ports::{Clock, Ids, SeededRandom, SetClock};
use quanyu_app::sessions::SignInPolicy;
use quanyu_app::tables::schema;
use quanyu_app::vault::Vault;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::units::{UnitCode, UnitKind};
use quanyu_pack::{Sources, read_folder};
use quanyu_protocols::open311;
use quanyu_store_sqlite::{Options, SqliteStore};

/// The shipped packs and places in force, on Monday, 4 March 2024, 09:00.
pub struct World {
    pub app: Arc<App>,
    pub clock: Arc<SetClock>,
    pub router: Router,
    /// A district that has grids.
    pub district: DistrictId,
    _folder: tempfile::TempDir,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub media: String,
    pub text: String,
}

impl World {
    pub async fn new() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut sources = Sources::default();
        for part in ["packs", "places"] {
            let findings = read_folder(&mut sources, &root.join(part), part);
            assert!(findings.is_empty(), "{findings}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("db"), schema(), Options::default())
            .await
            .expect("it opens");
        let clock = Arc::new(SetClock::at("2024-03-04T09:00:00+08:00".parse().expect("a time")));
        let random = Arc::new(SeededRandom::new(1));
        let app = Arc::new(App::new(
            Arc::new(store),
            clock.clone(),
            Ids::new(Offset::constant(8), 1, 0),
            random.clone(),
            Vault::new([7; 32], random),
            Blobs::folder(&folder.path().join("files")).expect("a folder for files"),
            SignInPolicy {
                hashing: Hashing::CHEAP,
                ..SignInPolicy::default()
            },
        ));
        app.initialise(&sources).await.expect("the shipped packs go into force");
        let config = open311::Config {
            public_origin: Some("https://city.example".to_owned()),
            ..open311::Config::default()
        };
        let router = open311::router(app.clone(), config);
        let rules = app.rules();
        let grid = rules.tree.all().into_iter().find(|unit| unit.kind == UnitKind::Grid);
        let district = grid.expect("grids are shipped").code.district();
        Self {
            app,
            clock,
            router,
            district,
            _folder: folder,
        }
    }

    pub fn later(&self, by: SignedDuration) {
        self.clock.set(self.clock.now() + by);
    }

    /// A key with every right in a district.
    pub async fn key(&self, district: DistrictId) -> String {
        self.key_with(district, &KeyRight::ALL).await
    }

    pub async fn key_with(&self, district: DistrictId, rights: &[KeyRight]) -> String {
        let draft = KeyDraft {
            name: "市民应用".to_owned(),
            districts: BTreeSet::from([district]),
            rights: rights.iter().copied().collect(),
            expires_at: None,
        };
        let made = self.app.make_key(&Caller::program(), draft).await.expect("a key");
        made.token
    }

    /// Another district of the same city.
    pub fn elsewhere(&self) -> DistrictId {
        let rules = self.app.rules();
        let others = rules.case_districts().into_iter();
        let mut others = others.filter(|other| *other != self.district && other.0 % 100 != 0);
        others.next().expect("a city has districts")
    }

    /// A point in a grid of the district.
    pub fn point(&self) -> (f64, f64) {
        let rules = self.app.rules();
        let whole: UnitCode = format!("{}000000", self.district).parse().expect("a code");
        let found = rules
            .gazetteer
            .search("街", 200, |area| rules.tree.is_within(area, &whole));
        let place = found.iter().find(|place| rules.locate(place.position).len() == 4);
        let place = place.expect("a street in a grid");
        (place.position.lon, place.position.lat)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(
            Request::get(format!("/open311/v2/{path}"))
                .body(Body::empty())
                .expect("a request"),
        )
        .await
    }

    pub async fn post(&self, path: &str, form: &str) -> Answer {
        self.post_as(path, "application/x-www-form-urlencoded", form.to_owned().into_bytes())
            .await
    }

    pub async fn post_as(&self, path: &str, media: &str, body: Vec<u8>) -> Answer {
        let request = Request::post(format!("/open311/v2/{path}")).header("content-type", media);
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        use tower::ServiceExt as _;
        let response = self.router.clone().oneshot(request).await.expect("routers do not fail");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        let media = parts.headers.get("content-type").and_then(|media| media.to_str().ok());
        Answer {
            status: parts.status.as_u16(),
            media: media.unwrap_or_default().to_owned(),
            text: String::from_utf8(bytes.to_vec()).expect("UTF-8"),
        }
    }
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.media, "application/json; charset=utf-8", "{self:?}");
        serde_json::from_str(&self.text).unwrap_or_else(|fault| panic!("{fault}: {self:?}"))
    }

    /// The status, which the errors of the body repeat.
    #[track_caller]
    pub fn refused(&self) -> (u16, String) {
        let errors = self.json();
        let error = &errors[0];
        assert_eq!(errors.as_array().map(Vec::len), Some(1), "{self:?}");
        assert_eq!(error["code"], self.status, "{self:?}");
        (self.status, error["description"].as_str().expect("a text").to_owned())
    }
}
