//! What may be shown of cases, and to whom: the one place that knows. Whoever holds a key with the right sees what was
//! filed with it; nobody sees anything else that no clerk has published.

use quanyu_app::App;
use quanyu_app::api_keys::{ApiKey, FiledWindow, KeyFiling, KeyRight};
use quanyu_domain::cases::Case;
use quanyu_domain::ids::Id;

use super::answer::Fault;

/// A case that may be shown, with what may be shown of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    /// The case.
    pub case: Case,
    /// The service that it was filed for.
    pub service: Option<String>,
    /// What was reported.
    pub description: Option<String>,
    /// What came of it, once somebody else has found it right.
    pub reply: Option<String>,
}

/// The cases within some time that may be shown and are wanted, the newest first, at most so many.
pub(super) async fn all(
    app: &App,
    key: Option<&ApiKey>,
    window: FiledWindow,
    at_most: usize,
    wanted: impl Fn(&Case, Option<&str>) -> bool,
) -> Result<Vec<Shown>, Fault> {
    let Some(key) = key.filter(|key| key.may(KeyRight::Open311ReadOwn)) else {
        return Ok(Vec::new());
    };
    let wanted = |filing: &KeyFiling| wanted(&filing.case, Some(&filing.service));
    let mut shown = Vec::new();
    for filing in app.all_filed_with(key, window, at_most, wanted).await? {
        shown.push(own(app, filing).await?);
    }
    Ok(shown)
}

/// A case, where it may be shown.
pub(super) async fn one(app: &App, key: Option<&ApiKey>, id: Id) -> Result<Option<Shown>, Fault> {
    let Some(key) = key.filter(|key| key.may(KeyRight::Open311ReadOwn)) else {
        return Ok(None);
    };
    match app.filed_with(key, id).await? {
        Some(filing) => Ok(Some(own(app, filing).await?)),
        None => Ok(None),
    }
}

/// Who filed a request is shown what its reporter would be shown.
async fn own(app: &App, KeyFiling { case, service }: KeyFiling) -> Result<Shown, Fault> {
    use quanyu_domain::model::Phase;
    let told = matches!(case.phase, Phase::CallBack | Phase::Closed);
    let reply = case.result.as_ref().filter(|_| told).map(|result| &result.reply);
    let refs: Vec<_> = [&case.text].into_iter().chain(reply).collect();
    let mut texts = app.texts(case.district, &refs).await?.into_iter();
    let mut next = || texts.next().flatten().map(|text| text.body);
    Ok(Shown {
        description: next(),
        reply: next(),
        service: Some(service),
        case,
    })
}
