//! Open311 GeoReport v2 (<https://wiki.open311.org/GeoReport_v2/>): civic apps file and follow cases.
//!
//! Everything stands under `/open311/v2/`, in XML and in JSON. Services are what a place's `services.toml` declares; a
//! request becomes a case as if a resident had filed it. Only published cases are shown, and to the holder of a key what
//! was filed with it. A jurisdiction is a district, by its six digits.
//!
//! Extensions: `client_request_id` (the same one gives the same request), `page` and `page_size`, `updated_after` and
//! `updated_before`, `bbox`, `lat` with `long` and `radius`; `media` as files of a multipart form. A `media_url` is kept
//! as it was told and never fetched: whoever could have the server fetch addresses could have it look around inside the
//! network. Pictures are shown to nobody here, for nothing publishes them.

mod answer;
mod file;
mod find;
mod form;
mod media;
mod outer;
mod published;
mod services;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::any;
use quanyu_app::api_keys::ApiKey;
use quanyu_app::guard::{Class, ClientAddress, Guard, Subject};
use quanyu_app::{App, AppError};
use quanyu_domain::ids::DistrictId;

use answer::{Answer, Fault, Format};
use form::Fields;
use words::Language;

pub use outer::in_its_words;

/// Where the interface stands.
pub const PREFIX: &str = "/open311/v2";
/// How long a request may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// The same with files, which come as fast as somebody's telephone sends them.
const MEDIA_TIME_LIMIT: Duration = Duration::from_secs(300);

/// How the interface is served.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The origin under which clients see the server, `https://city.example`. `None`: the Host header tells it.
    pub public_origin: Option<String>,
    /// How often somebody may ask.
    pub guard: Arc<Guard>,
}

/// What every handler holds.
#[derive(Clone)]
struct Open311 {
    app: Arc<App>,
    config: Arc<Config>,
}

/// The routes, to be mounted inside the shell of the API.
pub fn router(app: Arc<App>, config: Config) -> Router {
    let state = Open311 {
        app,
        config: Arc::new(config),
    };
    Router::new()
        .route("/open311/v2/{resource}", any(whole))
        .route("/open311/v2/{resource}/{id}", any(one))
        .with_state(state)
}

async fn whole(state: State<Open311>, Path(resource): Path<String>, request: Request) -> Response {
    let (format, resource) = Format::of(&resource);
    serve(state.0, format, resource.to_owned(), None, request).await
}

async fn one(state: State<Open311>, Path((resource, id)): Path<(String, String)>, request: Request) -> Response {
    let (format, id) = Format::of(&id);
    serve(state.0, format, resource, Some(id.to_owned()), request).await
}

async fn serve(
    open311: Open311,
    format: Option<Format>,
    resource: String,
    id: Option<String>,
    request: Request,
) -> Response {
    let language = Language::of(request.headers());
    let Some(format) = format else {
        return Format::wanted(request.uri().path(), request.headers()).refuse(&Fault::unknown_path(), language);
    };
    let limit = match media::is_multipart(request.headers()) {
        true => MEDIA_TIME_LIMIT,
        false => TIME_LIMIT,
    };
    let call = call(open311, &resource, id, request, language);
    let answered = match tokio::time::timeout(limit, call).await {
        Ok(answered) => answered,
        Err(_) => Err(Fault::later(
            "处理超时，请稍后重试",
            "this took too long: try again later",
        )),
    };
    match answered {
        Ok(answer) => format.render(&answer),
        Err(fault) => format.refuse(&fault, language),
    }
}

async fn call(
    open311: Open311,
    resource: &str,
    id: Option<String>,
    request: Request,
    language: Language,
) -> Result<Answer, Fault> {
    let method = request.method().clone();
    let reads = matches!(method, Method::GET | Method::HEAD);
    let files = method == Method::POST && resource == "requests" && id.is_none();
    if !reads && !files {
        return Err(Fault::bad(
            "此地址只支持 GET；提交请求用 POST requests",
            "this path takes GET alone; requests are filed with POST requests",
        ));
    }
    let (parts, body) = request.into_parts();
    let from = parts.extensions.get::<ClientAddress>().copied().unwrap_or_default();
    let class = if reads { Class::Read } else { Class::Write };
    let door = Door {
        open311: &open311,
        headers: &parts.headers,
        from,
        class,
    };
    let query = Fields::parse(parts.uri.query().unwrap_or_default().as_bytes())?;
    if !reads && media::is_multipart(&parts.headers) {
        let (key, all, files) = media::read(&door, body, query).await?;
        return file::file(&open311.app, Some(key), &all, &files, &parts.headers, language).await;
    }
    if !reads {
        let form = form::read(&parts.headers, body).await?;
        let all = query.and(form)?;
        let key = door.key(&all).await?;
        return file::file(&open311.app, key, &all, &[], &parts.headers, language).await;
    }
    let asked = Asked {
        app: &open311.app,
        key: door.key(&query).await?,
        jurisdiction: jurisdiction(&open311.app, &query)?,
        fields: &query,
        language,
    };
    match (resource, id.as_deref()) {
        ("discovery", None) => services::discovery(&asked, &origin(&open311.config, &parts.headers)).await,
        ("services", None) => services::list(&asked),
        ("services", Some(code)) => services::definition(&asked, code),
        ("requests", None) => find::list(&asked).await,
        ("requests", Some(id)) => find::one(&asked, id).await,
        ("tokens", Some(token)) => find::token(&asked, token).await,
        _ => Err(Fault::unknown_path()),
    }
}

/// Where somebody asks to come in.
struct Door<'a> {
    open311: &'a Open311,
    headers: &'a HeaderMap,
    from: ClientAddress,
    class: Class,
}

impl Door<'_> {
    /// The key that came along, counted: a refusal where it is wrong, or used too often.
    async fn key(&self, fields: &Fields) -> Result<Option<ApiKey>, Fault> {
        let key = key(&self.open311.app, self.headers, fields).await;
        match &key {
            Ok(Some(key)) => self.count(self.class, Some(Subject::Key(key.id)))?,
            Ok(None) => self.count(self.class, self.from.subject())?,
            // Nobody guesses 32 random bytes: a key that proves nothing counts as reading does.
            Err(_) => self.count(Class::Read, self.from.subject())?,
        }
        key
    }

    fn count(&self, class: Class, subject: Option<Subject>) -> Result<(), Fault> {
        let now = self.open311.app.now();
        let counted = self.open311.config.guard.count(class, subject, now);
        counted.map_err(|fault| Fault::too_often(fault.retry_after))
    }
}

/// A question, and who asks it.
struct Asked<'a> {
    app: &'a App,
    key: Option<ApiKey>,
    jurisdiction: Option<DistrictId>,
    fields: &'a Fields,
    language: Language,
}

/// The key that came along, as parameter or as bearer token.
async fn key(app: &App, headers: &HeaderMap, fields: &Fields) -> Result<Option<ApiKey>, Fault> {
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token);
    let Some(token) = fields.get("api_key").or(bearer) else {
        return Ok(None);
    };
    match app.key_of_token(token).await {
        Ok(key) => Ok(Some(key)),
        Err(AppError::Unauthenticated) => Err(Fault::forbidden(
            "api_key 无效、已吊销或已过期",
            "the api_key is wrong, revoked or expired",
        )),
        Err(fault) => Err(fault.into()),
    }
}

/// The district that is meant, where one is named.
fn jurisdiction(app: &App, fields: &Fields) -> Result<Option<DistrictId>, Fault> {
    let Some(text) = fields.get("jurisdiction_id") else {
        return Ok(None);
    };
    let district = text.parse().ok().map(DistrictId).filter(|_| text.len() == 6);
    let known = district.filter(|district| app.rules().case_districts().contains(district));
    known.map(Some).ok_or_else(|| {
        Fault::unknown(
            "没有这个 jurisdiction_id；应为区县的六位代码",
            "there is no such jurisdiction_id: it is the six digits of a district",
        )
    })
}

fn origin(config: &Config, headers: &HeaderMap) -> String {
    let host = || {
        headers
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or("localhost")
    };
    config
        .public_origin
        .clone()
        .unwrap_or_else(|| format!("http://{}", host()))
}
