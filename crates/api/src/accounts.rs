//! Accounts of staff, kept by three separate administrators (三员分立).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use quanyu_app::accounts::{Account, AccountDraft, AccountFilter};
use quanyu_app::rules::Rules;
use quanyu_app::{App, AppError};
use quanyu_domain::access::{Grant, Role};
use quanyu_domain::ids::Id;
use quanyu_domain::units::UnitCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::edge::action;
use crate::edge::choices::RoleName;
use crate::edge::extract::{Body, FromPath, Parameters};
use crate::edge::gate::{Signed, route};
use crate::edge::problem::Problem;
use crate::edge::wire::{Moment, Number, Page, page_size};
use crate::sessions::GrantView;
use crate::words::offset;

/// The routes of accounts.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(route(action::READ_ACCOUNTS, routes!(list_accounts)))
        .routes(route(action::KEEP_ACCOUNTS, routes!(create_account)))
        .routes(route(action::READ_ACCOUNTS, routes!(read_account)))
        .routes(route(action::GRANT, routes!(change_grants)))
        .routes(route(action::GRANT, routes!(reset_password)))
        .routes(route(action::KEEP_ACCOUNTS, routes!(switch_account)))
}

/// An account, without what proves it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountView {
    /// Its id.
    id: Number,
    /// Counts changes.
    version: i64,
    /// The name to sign in with.
    login: String,
    /// The person's name.
    name: String,
    /// What it holds.
    grants: Vec<GrantView>,
    /// Whether it may sign in.
    active: bool,
    /// Until when it is locked after wrong passwords.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_until: Option<Moment>,
    /// When the password was set.
    password_set_at: Moment,
    /// Whether somebody else set the password, so that it is to be changed first of all.
    provisional: bool,
    /// Whether it has a second factor in force.
    second_factor: bool,
}

impl AccountView {
    /// One account.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn of(app: &App, account: Account) -> Result<Self, AppError> {
        let second_factor = app.have_second_factor(&[account.id]).await?;
        Ok(Self::new(&app.rules(), &account, second_factor.contains(&true)))
    }

    fn new(rules: &Rules, account: &Account, second_factor: bool) -> Self {
        let offset = offset(rules);
        Self {
            id: Number(account.id),
            version: account.version,
            login: account.login.clone(),
            name: account.name.clone(),
            grants: account
                .grants
                .iter()
                .map(|grant| GrantView::new(rules, grant))
                .collect(),
            active: account.active,
            locked_until: account.locked_until.map(|at| Moment { at, offset }),
            password_set_at: Moment {
                at: account.password_set_at,
                offset,
            },
            provisional: account.provisional,
            second_factor,
        }
    }
}

/// Which accounts are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountParameters {
    /// Only accounts whose login or name holds this.
    q: Option<String>,
    /// Only accounts that hold this role anywhere.
    #[param(inline, value_type = Option<RoleName>)]
    role: Option<Role>,
    /// Only accounts that may sign in, or may not.
    active: Option<bool>,
    /// The `next` of the page before.
    after: Option<Number>,
    /// Accounts of a page, 1 to 200; 50 unless told. A page may hold fewer and still have a next one.
    limit: Option<usize>,
}

/// Lists accounts
///
/// Those within the administrator's area, in the order in which they were made.
#[utoipa::path(get, path = "/accounts", tag = "accounts", params(AccountParameters),
    responses((status = OK, description = "A page of accounts", body = Page<AccountView>)))]
async fn list_accounts(
    State(api): State<Api>,
    signed: Signed,
    Parameters(filter): Parameters<AccountParameters>,
) -> Result<Json<Page<AccountView>>, Problem> {
    let limit = page_size(filter.limit)?;
    let wanted = AccountFilter {
        words: filter.q,
        role: filter.role,
        active: filter.active,
    };
    let after = filter.after.map(|after| after.0);
    let page = api.app.accounts(signed.caller(), &wanted, after, limit).await?;
    let rules = api.app.rules();
    let ids: Vec<Id> = page.accounts.iter().map(|account| account.id).collect();
    let factors = api.app.have_second_factor(&ids).await?;
    let items = page.accounts.iter().zip(factors);
    Ok(Json(Page {
        items: items
            .map(|(account, factor)| AccountView::new(&rules, account, factor))
            .collect(),
        next: page.next.map(|next| next.to_string()),
    }))
}

/// What an account begins with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"login": "li.si", "name": "李四", "password": "Ganquan-2024-first"}))]
pub struct NewAccount {
    /// The name to sign in with: 3 to 40 small letters, digits, `.`, `_`, `-`, `@`.
    login: String,
    /// The person's name.
    name: String,
    /// The first password, which its owner changes at once.
    password: String,
}

/// Makes an account
///
/// It holds nothing until the security administrator grants a role.
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = CREATED, description = "Made", body = AccountView)))]
async fn create_account(
    State(api): State<Api>,
    signed: Signed,
    Body(body): Body<NewAccount>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    let draft = AccountDraft {
        login: body.login,
        name: body.name,
        password: body.password,
        grants: Vec::new(),
    };
    let account = api.app.create_account(signed.caller(), draft).await?;
    Ok((StatusCode::CREATED, Json(AccountView::of(&api.app, account).await?)))
}

/// Reads an account
#[utoipa::path(get, path = "/accounts/{id}", tag = "accounts", params(("id" = Number, Path)),
    responses((status = OK, description = "The account", body = AccountView)))]
async fn read_account(
    State(api): State<Api>,
    signed: Signed,
    FromPath(id): FromPath<Number>,
) -> Result<Json<AccountView>, Problem> {
    let account = api.app.account(signed.caller(), id.0).await?;
    Ok(Json(AccountView::of(&api.app, account).await?))
}

/// What an account shall hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grants": [{"role": "handler", "unit": "990101000000-housing"}], "version": 1}))]
pub struct NewGrants {
    /// Everything that it holds from now on.
    grants: Vec<NewGrant>,
    /// The version that the caller has seen.
    version: Option<i64>,
}

/// A role at a unit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// The role.
    #[schema(value_type = RoleName)]
    role: Role,
    /// The unit.
    #[schema(value_type = String)]
    unit: UnitCode,
}

/// Says what an account holds
///
/// Its sessions end.
#[utoipa::path(put, path = "/accounts/{id}/grants", tag = "accounts", request_body = NewGrants,
    params(("id" = Number, Path)),
    responses((status = OK, description = "The account after it", body = AccountView)))]
async fn change_grants(
    State(api): State<Api>,
    signed: Signed,
    FromPath(id): FromPath<Number>,
    Body(body): Body<NewGrants>,
) -> Result<Json<AccountView>, Problem> {
    let grants = body
        .grants
        .into_iter()
        .map(|grant| Grant {
            role: grant.role,
            unit: grant.unit,
        })
        .collect();
    let account = api
        .app
        .change_grants(signed.caller(), id.0, body.version, grants)
        .await?;
    Ok(Json(AccountView::of(&api.app, account).await?))
}

/// A password for somebody else.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "Ganquan-2024-again"}))]
pub struct NewPassword {
    /// The password, which its owner changes at once.
    password: String,
}

/// Resets a password
///
/// The account is no longer locked, and its sessions end.
#[utoipa::path(put, path = "/accounts/{id}/password", tag = "accounts", request_body = NewPassword,
    params(("id" = Number, Path)),
    responses((status = OK, description = "The account after it", body = AccountView)))]
async fn reset_password(
    State(api): State<Api>,
    signed: Signed,
    FromPath(id): FromPath<Number>,
    Body(body): Body<NewPassword>,
) -> Result<Json<AccountView>, Problem> {
    let account = api.app.set_password(signed.caller(), id.0, &body.password).await?;
    Ok(Json(AccountView::of(&api.app, account).await?))
}

/// Whether an account may sign in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"active": false}))]
pub struct Activity {
    /// Whether it may.
    active: bool,
}

/// Switches an account on or off
///
/// Switching it off ends its sessions.
#[utoipa::path(put, path = "/accounts/{id}/active", tag = "accounts", request_body = Activity,
    params(("id" = Number, Path)),
    responses((status = OK, description = "The account after it", body = AccountView)))]
async fn switch_account(
    State(api): State<Api>,
    signed: Signed,
    FromPath(id): FromPath<Number>,
    Body(body): Body<Activity>,
) -> Result<Json<AccountView>, Problem> {
    let account = if body.active {
        api.app.activate(signed.caller(), id.0).await?
    } else {
        api.app.deactivate(signed.caller(), id.0).await?
    };
    Ok(Json(AccountView::of(&api.app, account).await?))
}
