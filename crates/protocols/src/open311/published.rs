//! What may be shown of cases, and to whom: the one place that knows. Everybody sees what a clerk has published, as it was
//! published: redacted, and to the area and the day. Whoever holds a key with the right sees what was filed with it.

use jiff::{SignedDuration, Timestamp};
use quanyu_app::api_keys::{ApiKey, FiledWindow, KeyFiling, KeyRight};
use quanyu_app::cases::{Lies, PublishedQuery};
use quanyu_app::{App, AppError};
use quanyu_domain::cases::{Case, Position, Said, TextRef};
use quanyu_domain::ids::Id;
use quanyu_domain::model::Phase;
use quanyu_domain::refusal::RefusalKind;
use quanyu_domain::units::UnitCode;

use super::answer::Fault;

/// Published cases that are read at once.
const PAGE: usize = 500;

/// A case that may be shown, with what may be shown of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    /// The case; nothing of it is shown but what is no secret: number, phase, matter, lead unit.
    pub case: Case,
    /// The service that it was filed for, where that is known.
    pub service: Option<String>,
    /// What was reported.
    pub description: Option<String>,
    /// What came of it.
    pub reply: Option<String>,
    /// Where.
    pub place: ShownPlace,
    /// When it was filed, and when it changed.
    pub at: (Timestamp, Timestamp),
    /// When it is to be done; told to who filed it.
    pub due: Option<Timestamp>,
}

/// A place, as exactly as it may be shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ShownPlace {
    pub words: Option<String>,
    pub area: UnitCode,
    pub position: Option<Position>,
}

/// A case that may be shown, before its texts are read.
pub(super) struct Candidate<'a> {
    pub case: &'a Case,
    pub service: Option<&'a str>,
    pub position: Option<Position>,
}

/// The cases within some time that may be shown and are wanted, the newest first, at most so many. `lies` narrows what is
/// looked through of the published ones.
pub(super) async fn all(
    app: &App,
    key: Option<&ApiKey>,
    window: FiledWindow,
    lies: Lies,
    at_most: usize,
    wanted: impl Fn(&Candidate<'_>) -> bool,
) -> Result<Vec<Shown>, Fault> {
    let mut shown = Vec::new();
    if let Some(key) = key.filter(|key| key.may(KeyRight::Open311ReadOwn)) {
        let wanted = |filing: &KeyFiling| {
            wanted(&Candidate {
                case: &filing.case,
                service: Some(&filing.service),
                position: filing.case.place.position,
            })
        };
        for filing in app.all_filed_with(key, window, at_most, wanted).await? {
            shown.push(own(app, filing).await?);
        }
    }
    for case in published(app, window, lies, at_most, wanted).await? {
        if !shown.iter().any(|own| own.case.id == case.id) {
            shown.extend(public(app, case).await?);
        }
    }
    shown.sort_by_key(|shown| std::cmp::Reverse(shown.case.id));
    shown.truncate(at_most);
    Ok(shown)
}

/// A case, where it may be shown.
pub(super) async fn one(app: &App, key: Option<&ApiKey>, id: Id) -> Result<Option<Shown>, Fault> {
    if let Some(key) = key.filter(|key| key.may(KeyRight::Open311ReadOwn))
        && let Some(filing) = app.filed_with(key, id).await?
    {
        return own(app, filing).await.map(Some);
    }
    match app.published_case(id).await {
        Ok(case) => public(app, case).await,
        Err(AppError::Refused(refusal)) if refusal.kind == RefusalKind::NotFound => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// The published cases that were filed within some time and are wanted, the newest first.
async fn published(
    app: &App,
    window: FiledWindow,
    lies: Lies,
    at_most: usize,
    wanted: impl Fn(&Candidate<'_>) -> bool,
) -> Result<Vec<Case>, Fault> {
    // Numbers begin with the time of filing: lists of them begin and end where the time does.
    let number = |at: Timestamp| Id::compose(at, app.ids.offset(), 0);
    let first = number(window.from);
    let mut query = PublishedQuery {
        lies,
        matter: None,
        after: window.to.checked_add(SignedDuration::from_secs(1)).ok().map(number),
        limit: PAGE,
    };
    let mut found = Vec::new();
    loop {
        let (cases, next) = app.published(&query).await?;
        for case in cases {
            if case.id < first {
                return Ok(found);
            }
            let candidate = Candidate {
                case: &case,
                service: None,
                position: case.publication.as_ref().and_then(|publication| publication.position),
            };
            if (window.from..=window.to).contains(&case.filed_at) && wanted(&candidate) {
                found.push(case);
            }
            if found.len() == at_most {
                return Ok(found);
            }
        }
        match next {
            Some(next) => query.after = Some(next),
            None => return Ok(found),
        }
    }
}

/// Who filed a request is shown what its reporter would be shown.
async fn own(app: &App, KeyFiling { case, service }: KeyFiling) -> Result<Shown, Fault> {
    let case = app.told_case(&case).await?;
    let told = matches!(case.phase, Phase::CallBack | Phase::Closed);
    let reply = case.result.as_ref().filter(|_| told).map(|result| &result.reply);
    let (description, reply) = texts(app, &case, &case.text, reply).await?;
    Ok(Shown {
        description,
        reply,
        service: Some(service),
        place: ShownPlace {
            words: case.place.told().map(str::to_owned),
            area: case.place.area().clone(),
            position: case.place.position,
        },
        at: (case.filed_at, case.changed_at),
        due: expected(&case),
        case,
    })
}

/// Everybody is shown what a clerk has published, to the day.
async fn public(app: &App, case: Case) -> Result<Option<Shown>, Fault> {
    let case = app.told_case(&case).await?;
    let Some(publication) = case.publication.clone() else {
        return Ok(None);
    };
    let (description, reply) = texts(app, &case, &publication.text, publication.reply.as_ref()).await?;
    let offset = app.ids.offset();
    let day = |at: Timestamp| {
        offset
            .to_timestamp(offset.to_datetime(at).date().at(0, 0, 0, 0))
            .unwrap_or(at)
    };
    let district = || case.place.areas[case.place.areas.len() - 1].clone();
    Ok(Some(Shown {
        description,
        reply,
        service: None,
        place: ShownPlace {
            words: publication.words.as_ref().and_then(Said::text).map(str::to_owned),
            area: publication.areas.first().cloned().unwrap_or_else(district),
            position: publication.position,
        },
        at: (day(case.filed_at), day(case.changed_at)),
        due: None,
        case,
    }))
}

async fn texts(
    app: &App,
    case: &Case,
    text: &TextRef,
    reply: Option<&TextRef>,
) -> Result<(Option<String>, Option<String>), Fault> {
    let refs: Vec<_> = [text].into_iter().chain(reply).collect();
    let mut texts = app.texts(case.district, &refs).await?.into_iter();
    let mut next = || texts.next().flatten().map(|text| text.body);
    Ok((next(), next()))
}

/// When a case is to be done: the last limit that runs, while it is open.
fn expected(case: &Case) -> Option<Timestamp> {
    if case.phase == Phase::Closed {
        return None;
    }
    let own = case.clocks.iter().filter(|clock| clock.request.is_none());
    own.filter_map(|clock| clock.clock.running_due()).max()
}
