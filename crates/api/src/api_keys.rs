//! API keys (接口密钥) of other systems: the system administrator makes and revokes them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::tz::Offset;
use quanyu_app::api_keys::{ApiKey, KeyDraft, KeyRight};
use quanyu_domain::ids::DistrictId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::choices::KeyRightName;
use crate::edge::extract::{Body, FromPath};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Number};
use crate::words::offset;

/// The routes of keys.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::KEEP_KEYS, routes!(list_keys, make_key)))
        .routes(route(action::KEEP_KEYS, routes!(switch_key)))
}

/// A key, without what proves it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub struct KeyView {
    /// Its number.
    id: Number,
    /// Counts changes.
    version: i64,
    /// Who it is for.
    name: String,
    /// The six digits of the districts in which it holds; a city stands for all of its districts.
    districts: Vec<u32>,
    /// What it opens.
    #[schema(value_type = Vec<KeyRightName>)]
    rights: Vec<KeyRight>,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Moment>,
    /// Whether it holds; a revoked one does not.
    active: bool,
    /// When it was made.
    made_at: Moment,
    /// When it was last used, to the hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<Moment>,
}

impl KeyView {
    fn new(key: ApiKey, offset: Offset) -> Self {
        let moment = |at| Moment { at, offset };
        Self {
            id: Number(key.id),
            version: key.version,
            name: key.draft.name,
            districts: key.draft.districts.into_iter().map(|district| district.0).collect(),
            rights: key.draft.rights.into_iter().collect(),
            expires_at: key.draft.expires_at.map(moment),
            active: key.active,
            made_at: moment(key.made_at),
            used_at: key.used_at.map(moment),
        }
    }
}

/// The keys within the administrator's area, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Keys {
    /// The keys.
    items: Vec<KeyView>,
}

/// Lists API keys
#[utoipa::path(get, path = "/keys", tag = "keys",
    responses((status = OK, description = "The keys", body = Keys)))]
async fn list_keys(State(api): State<Api>, signed: Signed) -> Result<Json<Keys>, Problem> {
    let offset = offset(&api.app.rules());
    let keys = api.app.keys(signed.caller()).await?;
    Ok(Json(Keys {
        items: keys.into_iter().map(|key| KeyView::new(key, offset)).collect(),
    }))
}

/// What a key shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "市民应用", "districts": [990101], "rights": ["open311_file", "open311_read_own"]}))]
pub struct NewKey {
    /// Who it is for, at most 100 characters.
    #[schema(max_length = 100)]
    name: String,
    /// The six digits of the districts in which it holds; a city stands for all of its districts.
    districts: Vec<u32>,
    /// What it opens.
    #[schema(value_type = Vec<KeyRightName>)]
    rights: Vec<KeyRight>,
    /// When it ends by itself; absent: not before it is revoked.
    #[schema(value_type = Option<Moment>)]
    expires_at: Option<Timestamp>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub struct MadeKey {
    /// The key.
    #[serde(flatten)]
    key: KeyView,
    /// The key itself, for `Authorization: Bearer …` or Open311's `api_key`: told here and never again.
    token: String,
}

/// Makes an API key
#[utoipa::path(post, path = "/keys", tag = "keys", request_body = NewKey,
    responses((status = CREATED, description = "Made", body = MadeKey)))]
async fn make_key(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<NewKey>,
) -> Result<(StatusCode, Json<MadeKey>), Problem> {
    let draft = KeyDraft {
        name: body.name,
        districts: body.districts.into_iter().map(DistrictId).collect(),
        rights: body.rights.into_iter().collect(),
        expires_at: body.expires_at,
    };
    let made = api.app.make_key(signed.caller(), draft).await?;
    let key = KeyView::new(made.key, offset(&api.app.rules()));
    Ok((StatusCode::CREATED, Json(MadeKey { key, token: made.token })))
}

/// Whether a key holds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"active": false}))]
pub struct KeyActivity {
    /// Whether it holds; `false` revokes it.
    active: bool,
    /// The version that the caller has seen.
    version: Option<i64>,
}

/// Revokes an API key, or lets it hold again
#[utoipa::path(put, path = "/keys/{id}/active", tag = "keys", request_body = KeyActivity,
    params(("id" = Number, Path)),
    responses((status = OK, description = "The key after it", body = KeyView)))]
async fn switch_key(
    State(api): State<Api>,
    signed: Signed,
    FromPath(id): FromPath<Number>,
    Body(body): Body<KeyActivity>,
) -> Result<Json<KeyView>, Problem> {
    let key = api
        .app
        .set_key_active(signed.caller(), id.0, body.version, body.active)
        .await?;
    Ok(Json(KeyView::new(key, offset(&api.app.rules()))))
}
