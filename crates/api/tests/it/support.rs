//! A district in a folder of its own, and clients of its API.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use jiff::SignedDuration;
use jiff::tz::Offset;
use quanyu_api::ApiConfig;
use quanyu_app::App;
use quanyu_app::accounts::AccountDraft;
use quanyu_app::blobs::Blobs;
use quanyu_app::cases::Caller;
use quanyu_app::passwords::Hashing;
use quanyu_app::ports::{Clock, Ids, Random, SeededRandom, SetClock};
use quanyu_app::sessions::SignInPolicy;
use quanyu_app::tables::schema;
use quanyu_app::vault::Vault;
use quanyu_domain::access::{Grant, Role};
use quanyu_domain::units::{Unit, UnitCode, UnitKind};
use quanyu_pack::{Sources, read_folder};
use quanyu_store_sqlite::{Options, SqliteStore};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::contract;

/// A password that keeps the rules.
pub const PASSWORD: &str = "Yak-Butter-2024";

/// The shipped packs and places in force, on Monday, 4 March 2024, 09:00.
pub struct World {
    pub app: Arc<App>,
    pub clock: Arc<SetClock>,
    pub router: Router,
    /// The district that has grids, the desk in it, and the city above it.
    pub district: UnitCode,
    pub desk: UnitCode,
    pub city: UnitCode,
    /// The rules as `GET /api/v1/model` tells them.
    pub model: Value,
    _folder: tempfile::TempDir,
}

/// The shipped packs and places.
pub fn shipped() -> Sources {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Sources::default();
    for part in ["packs", "places"] {
        let findings = read_folder(&mut sources, &root.join(part), part);
        assert!(findings.is_empty(), "{findings}");
    }
    sources
}

impl World {
    pub async fn new() -> Self {
        Self::with(ApiConfig {
            secure_cookies: false,
            ..ApiConfig::default()
        })
        .await
    }

    pub async fn with(config: ApiConfig) -> Self {
        Self::over(config, Arc::new(SeededRandom::new(1))).await
    }

    pub async fn over(config: ApiConfig, random: Arc<dyn Random>) -> Self {
        Self::under(SignInPolicy::default(), config, random).await
    }

    /// Where people sign in under a policy of its own; hashing costs nothing in any.
    pub async fn under(policy: SignInPolicy, config: ApiConfig, random: Arc<dyn Random>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("db"), schema(), Options::default())
            .await
            .expect("it opens");
        let start = "2024-03-04T09:00:00+08:00".parse().expect("a time");
        let clock = Arc::new(SetClock::at(start));
        let app = App::new(
            Arc::new(store),
            clock.clone(),
            Ids::new(Offset::constant(8), 1, 0),
            random.clone(),
            Vault::new([7; 32], random),
            Blobs::folder(&folder.path().join("files")).expect("a folder for files"),
            SignInPolicy {
                hashing: Hashing::CHEAP,
                ..policy
            },
        );
        app.initialise(&shipped())
            .await
            .expect("the shipped packs go into force");
        let app = Arc::new(app);
        let rules = app.rules();
        let of_kind = |kind| move |unit: &&Unit| unit.kind == kind;
        let grid = rules
            .tree
            .all()
            .into_iter()
            .find(of_kind(UnitKind::Grid))
            .expect("grids are shipped");
        let above: Vec<UnitCode> = rules.tree.ancestors(&grid.code).map(|unit| unit.code.clone()).collect();
        let (city, district) = (above[above.len() - 1].clone(), above[above.len() - 2].clone());
        let desk = rules.tree.desk(&district, "2024-03-04".parse().expect("a date"));
        let router = quanyu_api::router(app.clone(), config);
        let mut world = Self {
            app,
            clock,
            router,
            district,
            desk,
            city,
            model: Value::Null,
            _folder: folder,
        };
        let path = format!("/api/v1/model?district={}", world.district.district());
        world.model = world.public().get(&path).await.ok();
        world
    }

    pub fn minutes_later(&self, minutes: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_mins(minutes));
    }

    /// Somebody without an account.
    pub fn public(&self) -> Client {
        Client {
            router: self.router.clone(),
            token: None,
        }
    }

    /// Somebody with a role at a unit, signed in.
    pub async fn somebody(&self, role: Role, unit: &UnitCode) -> Client {
        self.person(role.name(), &[(role, unit)]).await
    }

    /// Somebody with roles, signed in.
    pub async fn person(&self, login: &str, grants: &[(Role, &UnitCode)]) -> Client {
        self.account(login, grants).await;
        let signed = self
            .public()
            .post("/api/v1/sessions", json!({"login": login, "password": PASSWORD}))
            .await;
        assert_eq!(signed.status, StatusCode::CREATED, "{signed:?}");
        let token = signed.body["token"].as_str().expect("a token").to_owned();
        Client {
            router: self.router.clone(),
            token: Some(token),
        }
    }

    /// An account made by the program; the number of it.
    pub async fn account(&self, login: &str, grants: &[(Role, &UnitCode)]) -> String {
        let grants = grants.iter().map(|(role, unit)| Grant {
            role: *role,
            unit: (*unit).clone(),
        });
        let draft = AccountDraft {
            login: login.to_owned(),
            name: format!("{login} 本人"),
            password: PASSWORD.to_owned(),
            grants: grants.collect(),
        };
        let account = self
            .app
            .create_account(&Caller::program(), draft)
            .await
            .expect("an account");
        account.id.to_string()
    }

    /// The desk of the district, and a unit's people.
    pub async fn staff(&self) -> Staff {
        Staff {
            operator: self.somebody(Role::Operator, &self.desk).await,
            dispatcher: self.somebody(Role::Dispatcher, &self.desk).await,
            verifier: self.somebody(Role::Verifier, &self.desk).await,
            call_back: self.somebody(Role::CallBackClerk, &self.desk).await,
            supervisor: self.somebody(Role::Supervisor, &self.district).await,
        }
    }

    /// The first of a list of the model that a condition holds for, by name.
    pub fn named(&self, list: &str, holds: impl Fn(&Value) -> bool) -> String {
        let found = self.model[list]
            .as_array()
            .expect("a list")
            .iter()
            .find(|item| holds(item));
        found.unwrap_or_else(|| panic!("no such item in {list}"))["name"]
            .as_str()
            .expect("a name")
            .to_owned()
    }

    /// A point in the district that has a name.
    pub fn place(&self) -> (f64, f64) {
        let rules = self.app.rules();
        let found = rules
            .gazetteer
            .search("街", 200, |area| rules.tree.is_within(area, &self.district));
        let in_grid = |place: &&&quanyu_app::gazetteer::NamedPlace| rules.locate(place.position).len() == 4;
        let place = found.iter().find(in_grid).expect("a street in a grid");
        (place.position.lon, place.position.lat)
    }

    /// A demand that anybody may hand in.
    pub fn demand(&self) -> Value {
        let (lon, lat) = self.place();
        let matter = self.app.rules().matters.suggest(TEXT, 1)[0].0.code.clone();
        json!({
            "case_type": self.named("case_types", |kind| !kind["reopen_within"].is_null()),
            "demand": self.named("demands", |demand| demand["answerable_at_intake"] == false),
            "channel": self.named("channels", |channel| channel["public"] == true),
            "matter": matter,
            "title": "井盖破损",
            "text": TEXT,
            "place": "路口东侧",
            "position": {"lon": lon, "lat": lat},
            "reporter": {"name": "张三", "phone": "13800001234"},
        })
    }
}

/// What is reported.
pub const TEXT: &str = "路口的雨水井盖破损，车辆经过时有响声，夜间存在安全隐患，请尽快处理。";

/// The people of a desk.
pub struct Staff {
    pub operator: Client,
    pub dispatcher: Client,
    pub verifier: Client,
    pub call_back: Client,
    pub supervisor: Client,
}

/// A client of the API.
#[derive(Clone)]
pub struct Client {
    pub router: Router,
    pub token: Option<String>,
}

/// What the API answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    /// The bytes as JSON, null where they are none.
    pub body: Value,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.body
    }

    /// The status and code of a problem.
    #[track_caller]
    pub fn problem(&self) -> (u16, &str) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], self.status.as_u16());
        let code = self.body["code"].as_str().expect("a code");
        assert_eq!(self.body["type"], format!("/problems/{code}"));
        assert!(!self.body["title"].as_str().expect("a title").is_empty());
        assert!(!self.body["detail"].as_str().expect("a detail").is_empty());
        (self.status.as_u16(), code)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Client {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string().into_bytes());
        let headers: &[(&str, &str)] = if body.is_some() {
            &[(CONTENT_TYPE.as_str(), "application/json")]
        } else {
            &[]
        };
        self.raw(method, path, headers, body.unwrap_or_default()).await
    }

    /// A request as it is.
    pub async fn raw(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        self.stream(method, path, headers, Body::from(body)).await
    }

    /// The head of an answer, and its body as it comes: for answers that have no end.
    pub async fn open(&self, path: &str) -> (Answer, axum::body::BodyDataStream) {
        let mut request = Request::builder().uri(path);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("routers do not fail");
        let (parts, body) = response.into_parts();
        let mut stream = body.into_data_stream();
        let mut bytes = Vec::new();
        // A problem is read whole.
        if !parts.status.is_success() {
            while let Some(piece) = futures::StreamExt::next(&mut stream).await {
                bytes.extend(piece.expect("a piece"));
            }
        }
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes,
        };
        (answer, stream)
    }

    /// A request whose body comes in pieces.
    pub async fn stream(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(path);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("routers do not fail");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let media = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        contract::check(&method, path, parts.status, media.unwrap_or_default(), &body);
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
            body,
        }
    }

    /// Files a demand; its number and secret.
    pub async fn file(&self, demand: Value) -> (String, String) {
        let filed = self.post("/api/v1/cases", demand).await.ok();
        (text(&filed["number"]), text(&filed["tracking_secret"]))
    }

    /// Takes the step that does this, with what comes along, on the version that is there; the case after it.
    pub async fn step(&self, number: &str, act: &str, draft: Value) -> Value {
        let path = format!("/api/v1/cases/{number}");
        let case = self.get(&path).await.ok();
        let steps = case["available"]["steps"].as_array().expect("steps").clone();
        let step = steps.iter().find(|step| step["act"] == act);
        let step = step.unwrap_or_else(|| panic!("{act} is not offered in {}: {steps:?}", case["state"]));
        let mut draft = draft;
        draft["step"] = step["step"]["name"].clone();
        draft["version"] = case["version"].clone();
        self.post(&format!("{path}/steps"), draft).await.ok()
    }
}

/// A JSON text.
#[track_caller]
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

/// A photo as small as one can be.
pub fn photo() -> Vec<u8> {
    let segment = |marker: u8, data: &[u8]| {
        let length = u16::try_from(data.len() + 2).expect("short").to_be_bytes();
        [&[0xff, marker], length.as_slice(), data].concat()
    };
    [
        vec![0xff, 0xd8],
        segment(0xdb, &[1; 65]),
        segment(0xc0, &[8, 0, 2, 0, 2, 1, 1, 0x11, 0]),
        segment(0xc4, &[2; 20]),
        segment(0xda, &[1, 1, 0, 0, 0x3f, 0]),
        b"the picture".to_vec(),
        vec![0xff, 0xd9],
    ]
    .concat()
}

/// Compares a generated file with what generating it gives, or writes it where `QUANYU_REGENERATE` says so.
#[track_caller]
pub fn compare_generated(path: &str, generated: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("QUANYU_REGENERATE").is_some() {
        std::fs::write(&path, generated).expect("the file can be written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((line, (kept, new))) = kept
        .lines()
        .zip(generated.lines())
        .enumerate()
        .find(|(_, (a, b))| a != b)
    {
        panic!(
            "{}:{}: kept\n{kept}\ngenerated\n{new}\nrun `cargo xtask codegen`, then look at the difference",
            path.display(),
            line + 1
        );
    }
    assert_eq!(
        kept.len(),
        generated.len(),
        "{} has another length: run `cargo xtask codegen`",
        path.display()
    );
}
