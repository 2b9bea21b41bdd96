//! Every action of the API, and who may take it.
//!
//! A route exists only together with its action ([`super::gate::route`]). The gate lets in whom the action names; what
//! a role may do to one case in one state is the pack's to say and the domain's to decide.

use quanyu_domain::access::Role;

/// Something that the API does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// snake_case name, unique.
    pub name: &'static str,
    /// Who may.
    pub who: Who,
}

/// Who may take an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, without an account.
    Everyone,
    /// Whoever holds the tracking secret of the case, without an account. The handler checks it.
    SecretHolder,
    /// Everybody with an account, even one that holds nothing or whose password is to be changed first.
    Staff,
    /// Accounts with one of these roles at any unit.
    Roles(&'static [Role]),
}

impl Who {
    /// Whether an account is asked for.
    pub fn needs_account(self) -> bool {
        matches!(self, Self::Staff | Self::Roles(_))
    }

    /// Whether a role is let in.
    pub fn admits(self, role: Role) -> bool {
        match self {
            Self::Everyone | Self::SecretHolder | Self::Staff => true,
            Self::Roles(roles) => roles.contains(&role),
        }
    }

    /// As the OpenAPI document says it in `x-who`.
    pub fn names(self) -> Vec<&'static str> {
        match self {
            Self::Everyone => vec!["everyone"],
            Self::SecretHolder => vec!["tracking_secret"],
            Self::Staff => vec!["staff"],
            Self::Roles(roles) => roles.iter().map(|role| role.name()).collect(),
        }
    }
}

/// The roles that work on cases.
const CASE_WORK: &[Role] = &[
    Role::Operator,
    Role::Dispatcher,
    Role::Handler,
    Role::Verifier,
    Role::CallBackClerk,
    Role::GridWorker,
    Role::Supervisor,
    Role::Leader,
];
/// The roles that file cases.
const FILING: &[Role] = &[Role::Operator, Role::Dispatcher, Role::GridWorker];
/// The roles that say who else sees a case.
const KEEPING: &[Role] = &[Role::Dispatcher, Role::Supervisor];
/// The roles that take calls.
const CALLS: &[Role] = &[Role::Operator, Role::Dispatcher, Role::CallBackClerk];

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal: $who:expr;)+) => {
        $($(#[doc = $doc])+ pub const $name: Action = Action { name: $text, who: $who };)+
    };
}

actions! {
    /// Asking how the server is.
    READ_HEALTH = "read_health": Who::Everyone;
    /// Reading the description of the API.
    READ_OPENAPI = "read_openapi": Who::Everyone;

    /// Signing in.
    SIGN_IN = "sign_in": Who::Everyone;
    /// Signing out.
    SIGN_OUT = "sign_out": Who::Staff;
    /// Asking who one is, and which sessions one has.
    READ_ME = "read_me": Who::Staff;
    /// Changing one's own password.
    CHANGE_OWN_PASSWORD = "change_own_password": Who::Staff;

    /// Enrolling one's own second factor.
    ENROL = "enrol": Who::Staff;

    /// Reading accounts.
    READ_ACCOUNTS = "read_accounts": Who::Roles(&[Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin]);
    /// Making an account that may do nothing, switching one on and off.
    KEEP_ACCOUNTS = "keep_accounts": Who::Roles(&[Role::SystemAdmin]);
    /// Saying who holds which role, resetting a password.
    GRANT = "grant": Who::Roles(&[Role::SecurityAdmin]);
    /// Erasing the personal values of somebody.
    ERASE = "erase": Who::Roles(&[Role::SecurityAdmin]);
    /// Reading how the program itself is doing.
    READ_VITALS = "read_vitals": Who::Roles(&[Role::SystemAdmin]);
    /// Reading the journal of everybody.
    READ_AUDIT = "read_audit": Who::Roles(&[Role::AuditAdmin]);

    /// Reading the rules in force.
    READ_MODEL = "read_model": Who::Everyone;
    /// Looking for a matter.
    READ_MATTERS = "read_matters": Who::Everyone;
    /// Looking for a place by name.
    READ_GAZETTEER = "read_gazetteer": Who::Everyone;
    /// Finding the areas of a point.
    LOCATE = "locate": Who::Everyone;
    /// Reading where areas lie.
    READ_OUTLINES = "read_outlines": Who::Everyone;
    /// Reading units.
    READ_UNITS = "read_units": Who::Everyone;
    /// Reading what became of units.
    READ_UNIT_HISTORY = "read_unit_history": Who::Roles(&Role::ALL);
    /// Changing the unit tree.
    CHANGE_UNITS = "change_units": Who::Roles(&[Role::SystemAdmin]);
    /// Reading which rules came into force when, and what they say in full.
    READ_ACTIVATIONS = "read_activations": Who::Roles(&Role::ALL);
    /// Putting other rules into force.
    ACTIVATE_RULES = "activate_rules": Who::Roles(&[Role::SystemAdmin]);
    /// Saying who else is told of what happens.
    KEEP_WEBHOOKS = "keep_webhooks": Who::Roles(&[Role::SystemAdmin]);
    /// Making and revoking the keys of other systems.
    KEEP_KEYS = "keep_keys": Who::Roles(&[Role::SystemAdmin]);
    /// Reading the dispatch directory.
    READ_DIRECTORY = "read_directory": Who::Roles(&Role::ALL);
    /// Changing the dispatch directory.
    CHANGE_DIRECTORY = "change_directory": Who::Roles(&[Role::SystemAdmin, Role::Dispatcher]);

    /// Reading who works for a unit.
    READ_COLLEAGUES = "read_colleagues": Who::Roles(CASE_WORK);

    /// Filing a case.
    FILE_CASE = "file_case": Who::Roles(FILING);
    /// Filing a case without an account.
    FILE_PUBLIC_CASE = "file_public_case": Who::Everyone;
    /// Uploading an attachment.
    UPLOAD = "upload": Who::Roles(CASE_WORK);
    /// Uploading an attachment without an account.
    UPLOAD_PUBLICLY = "upload_publicly": Who::Everyone;
    /// Counting what happened.
    READ_TALLIES = "read_tallies": Who::Roles(CASE_WORK);
    /// Reading rates, and the cases behind them.
    READ_RATES = "read_rates": Who::Roles(CASE_WORK);
    /// Publishing the figures of a period.
    CLOSE_RATES = "close_rates": Who::Roles(&[Role::Supervisor]);
    /// Having a sample drawn.
    DRAW_SAMPLE = "draw_sample": Who::Roles(&[Role::Supervisor]);
    /// Reading which cases were drawn.
    READ_SAMPLES = "read_samples": Who::Roles(CASE_WORK);
    /// Listing cases.
    LIST_CASES = "list_cases": Who::Roles(CASE_WORK);
    /// Reading a case, its timeline, limits and attachments.
    READ_CASE = "read_case": Who::Roles(CASE_WORK);
    /// Saying who alone sees a case.
    CONFIDE_CASE = "confide_case": Who::Roles(KEEPING);
    /// Publishing a case, and taking it back.
    PUBLISH_CASE = "publish_case": Who::Roles(KEEPING);
    /// Adding oneself to a published case without an account.
    SUPPORT_CASE = "support_case": Who::Everyone;
    /// Reading what was published.
    READ_PUBLISHED = "read_published": Who::Everyone;
    /// Reading how the district is doing.
    READ_PUBLIC_RATES = "read_public_rates": Who::Everyone;
    /// Finding cases by words.
    SEARCH_CASES = "search_cases": Who::Roles(CASE_WORK);
    /// Watching what happens to cases.
    WATCH_LIVE = "watch_live": Who::Roles(CASE_WORK);
    /// Finding cases that may be the same thing as what is being told.
    FIND_SIMILAR = "find_similar": Who::Roles(FILING);
    /// Taking a step on a case.
    STEP_CASE = "step_case": Who::Roles(CASE_WORK);
    /// Asking for something about a case.
    REQUEST = "request": Who::Roles(CASE_WORK);
    /// Deciding what was asked for.
    DECIDE_REQUEST = "decide_request": Who::Roles(CASE_WORK);
    /// Handing an assignment over to a colleague.
    HAND_OVER = "hand_over": Who::Roles(CASE_WORK);
    /// Seeing who reported a case.
    REVEAL_REPORTER = "reveal_reporter": Who::Roles(quanyu_app::people::SPEAKING);
    /// Seeing the earlier cases of a caller.
    LOOK_UP_CALLER = "look_up_caller": Who::Roles(CALLS);

    /// Following a case with its secret.
    FOLLOW = "follow": Who::SecretHolder;
    /// Rating a case with its secret.
    RATE = "rate": Who::SecretHolder;
    /// Opening a case again with its secret.
    REOPEN = "reopen": Who::SecretHolder;
}
