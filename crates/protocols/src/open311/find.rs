//! GET requests: what became of them.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use quanyu_app::api_keys::FiledWindow;
use quanyu_app::cases::Lies;
use quanyu_app::rules::Rules;
use quanyu_domain::cases::{Case, Position};
use quanyu_domain::ids::Id;
use quanyu_domain::model::Phase;
use quanyu_geo::{BoundingBox, Nearby, Point};

use super::Asked;
use super::answer::{Answer, Fault, Node};
use super::published::{self, Candidate, Shown};
use super::services::offered;
use super::words::{read_w3c, w3c};

/// The longest time between `start_date` and `end_date`, and the time that is looked at where neither is given.
const SPAN: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Largest circle that is looked through, in metres.
const MAX_RADIUS: f64 = 5_000.0;
/// Most requests of one answer.
const MAX_REQUESTS: usize = 1000;
/// Most ids that are asked for at once.
const MAX_IDS: usize = 100;
/// Highest page: what lies beyond is asked for by dates.
const MAX_PAGE: usize = 100;

/// Lists requests.
pub(super) async fn list(asked: &Asked<'_>) -> Result<Answer, Fault> {
    let ids = asked.fields.list("service_request_id");
    if !ids.is_empty() {
        return by_ids(asked, &ids).await;
    }
    let search = Search::read(asked)?;
    let (page, size) = (
        number(asked, "page", 1, MAX_PAGE)?,
        number(asked, "page_size", MAX_REQUESTS, MAX_REQUESTS)?,
    );
    let rules = asked.app.rules();
    let wanted = |candidate: &Candidate<'_>| {
        let case = candidate.case;
        let service = candidate.service.or_else(|| service_of(&rules, case));
        asked.jurisdiction.is_none_or(|wanted| {
            wanted == case.district || wanted.0.is_multiple_of(100) && wanted.0 / 100 == case.district.0 / 100
        }) && search.wants(case, service, candidate.position)
    };
    let lies = search.narrowest().unwrap_or_else(|| {
        let district = asked.jurisdiction.filter(|district| !district.0.is_multiple_of(100));
        let area = district.and_then(|district| format!("{district}000000").parse().ok());
        area.map_or(Lies::Anywhere, Lies::In)
    });
    let key = asked.key.as_ref();
    let found = published::all(asked.app, key, search.filed, lies, page * size, wanted).await?;
    let shown: Vec<Shown> = found.into_iter().skip((page - 1) * size).collect();
    Ok(answer(asked, &rules, &shown))
}

async fn by_ids(asked: &Asked<'_>, ids: &[&str]) -> Result<Answer, Fault> {
    if ids.len() > MAX_IDS {
        return Err(Fault::bad(
            format!("一次至多查询 {MAX_IDS} 个 service_request_id"),
            format!("ask for {MAX_IDS} service_request_ids at once"),
        ));
    }
    let mut shown = Vec::new();
    for id in ids {
        let id: Id = id.parse().map_err(|_| {
            Fault::bad(
                "service_request_id 格式错误，形如 240315-093022-100123",
                "a service_request_id has 18 digits, such as 240315-093022-100123",
            )
        })?;
        shown.extend(published::one(asked.app, asked.key.as_ref(), id).await?);
    }
    Ok(answer(asked, &asked.app.rules(), &shown))
}

/// One request: a list of one.
pub(super) async fn one(asked: &Asked<'_>, id: &str) -> Result<Answer, Fault> {
    let shown = known(asked, id).await?;
    Ok(answer(asked, &asked.app.rules(), &[shown]))
}

/// Requests get their ids at once, so that the id is its own token.
pub(super) async fn token(asked: &Asked<'_>, token: &str) -> Result<Answer, Fault> {
    let shown = known(asked, token).await?;
    let id = shown.case.id.to_string();
    let fields = Node::Fields(vec![("service_request_id", id.clone().into()), ("token", id.into())]);
    Ok(Answer::of("service_requests", Node::List("request", vec![fields])))
}

/// The request of this id. One that may not be seen is told like one that does not exist.
async fn known(asked: &Asked<'_>, id: &str) -> Result<Shown, Fault> {
    let found = match id.parse::<Id>() {
        Ok(id) => published::one(asked.app, asked.key.as_ref(), id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| {
        Fault::unknown(
            "没有这个请求，或尚未公开",
            "there is no such request, or it is not published",
        )
    })
}

/// What is looked for.
struct Search {
    filed: FiledWindow,
    services: BTreeSet<String>,
    open: Option<bool>,
    updated: (Option<Timestamp>, Option<Timestamp>),
    bbox: Option<BoundingBox>,
    near: Option<Nearby>,
}

impl Search {
    fn read(asked: &Asked<'_>) -> Result<Self, Fault> {
        let services: BTreeSet<String> = asked
            .fields
            .list("service_code")
            .into_iter()
            .map(str::to_owned)
            .collect();
        let rules = asked.app.rules();
        let known = offered(&rules, asked.jurisdiction);
        if let Some(unknown) = services.iter().find(|code| !known.contains_key(code.as_str())) {
            return Err(super::services::unknown(unknown, Fault::bad));
        }
        let (mut open, mut closed) = (false, false);
        for status in asked.fields.list("status") {
            match status {
                "open" => open = true,
                "closed" => closed = true,
                _ => return Err(Fault::bad("status 只能是 open 或 closed", "status is open or closed")),
            }
        }
        Ok(Self {
            filed: window(asked)?,
            services,
            open: (open != closed).then_some(open),
            updated: (
                date(asked, "updated_after", false)?,
                date(asked, "updated_before", true)?,
            ),
            bbox: bbox(asked)?,
            near: near(asked)?,
        })
    }

    fn wants(&self, case: &Case, service: Option<&str>, position: Option<Position>) -> bool {
        let (after, before) = self.updated;
        let places = [self.bbox.map(Lies::Within), self.near.map(Lies::Around)];
        (self.services.is_empty() || service.is_some_and(|service| self.services.contains(service)))
            && self.open.is_none_or(|open| open == (case.phase != Phase::Closed))
            && after.is_none_or(|after| case.changed_at >= after)
            && before.is_none_or(|before| case.changed_at <= before)
            && places.into_iter().flatten().all(|lies| lies.holds(position))
    }

    /// The place of which the lists are the shortest.
    fn narrowest(&self) -> Option<Lies> {
        self.near.map(Lies::Around).or(self.bbox.map(Lies::Within))
    }
}

fn window(asked: &Asked<'_>) -> Result<FiledWindow, Fault> {
    let now = asked.app.now();
    let shift = |at: Timestamp, by: SignedDuration| at.checked_add(by).unwrap_or(at);
    let (from, to) = match (date(asked, "start_date", false)?, date(asked, "end_date", true)?) {
        (None, None) => (shift(now, -SPAN), now),
        (Some(from), None) => (from, shift(from, SPAN)),
        (None, Some(to)) => (shift(to, -SPAN), to),
        (Some(from), Some(to)) => (from, to),
    };
    if from > to {
        return Err(Fault::bad(
            "start_date 晚于 end_date",
            "start_date comes after end_date",
        ));
    }
    // A range of days ends with the last second of its last one.
    if to.duration_since(from) > SPAN {
        return Err(Fault::bad(
            "start_date 与 end_date 相距不得超过 90 天",
            "start_date and end_date are at most 90 days apart",
        ));
    }
    Ok(FiledWindow { from, to })
}

fn date(asked: &Asked<'_>, name: &str, is_end: bool) -> Result<Option<Timestamp>, Fault> {
    let Some(text) = asked.fields.get(name) else {
        return Ok(None);
    };
    read_w3c(text, asked.app.ids.offset(), is_end).map(Some).ok_or_else(|| {
        Fault::bad(
            format!("{name} 须为 W3C 日期时间，形如 2024-03-04T09:00:00+08:00"),
            format!("{name} is a W3C date and time, such as 2024-03-04T09:00:00+08:00"),
        )
    })
}

fn number(asked: &Asked<'_>, name: &str, default: usize, most: usize) -> Result<usize, Fault> {
    let Some(text) = asked.fields.get(name) else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| {
        Fault::bad(
            format!("{name} 须为 1 至 {most} 的整数"),
            format!("{name} is a whole number from 1 to {most}"),
        )
    })
}

fn bbox(asked: &Asked<'_>) -> Result<Option<BoundingBox>, Fault> {
    let parts = asked.fields.list("bbox");
    if parts.is_empty() {
        return Ok(None);
    }
    let numbers: Vec<f64> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    let bbox = match (numbers.as_slice(), parts.len()) {
        ([west, south, east, north], 4) => BoundingBox::of_edges(*west, *south, *east, *north).ok(),
        _ => None,
    };
    bbox.map(Some).ok_or_else(|| {
        Fault::bad(
            "bbox 须为 西,南,东,北 四个度数",
            "bbox is west,south,east,north in degrees",
        )
    })
}

/// The circle of `lat`, `long` and `radius` in metres.
fn near(asked: &Asked<'_>) -> Result<Option<Nearby>, Fault> {
    let Some(radius) = asked.fields.get("radius") else {
        // Without a radius a point would be nothing that anything lies in.
        return match super::file::position(asked.fields)? {
            None => Ok(None),
            Some(_) => Err(Fault::bad(
                "lat 和 long 须与 radius（米）同时提供",
                "lat and long come together with a radius in metres",
            )),
        };
    };
    let metres: Option<f64> = radius
        .parse()
        .ok()
        .filter(|metres| *metres > 0.0 && *metres <= MAX_RADIUS);
    let position = super::file::position(asked.fields)?;
    let centre = position.and_then(|at| Point::new(at.lon, at.lat).ok());
    let circle = centre
        .zip(metres)
        .and_then(|(centre, metres)| Nearby::new(centre, metres).ok());
    circle.map(Some).ok_or_else(|| {
        Fault::bad(
            format!("radius 须为不超过 {MAX_RADIUS} 的米数，并与 lat、long 同时提供"),
            format!("radius is in metres, at most {MAX_RADIUS}, and comes together with lat and long"),
        )
    })
}

/// The service under which a case stands that was not filed for one.
fn service_of<'a>(rules: &'a Rules, case: &Case) -> Option<&'a str> {
    let services = rules.services_of(case.district)?;
    services
        .of_matter(case.matter.as_deref()?)
        .map(|service| service.code.as_str())
}

fn answer(asked: &Asked<'_>, rules: &Rules, shown: &[Shown]) -> Answer {
    let requests = shown.iter().map(|shown| request(asked, rules, shown));
    Answer::of("service_requests", Node::List("request", requests.collect()))
}

fn request(asked: &Asked<'_>, rules: &Rules, shown: &Shown) -> Node {
    let Shown {
        case,
        service,
        description,
        reply,
        place,
        at: (filed_at, changed_at),
        due,
    } = shown;
    let (language, offset) = (asked.language, asked.app.ids.offset());
    let code = service.as_deref().or_else(|| service_of(rules, case));
    let offers = rules.services_of(case.district);
    let named = code.and_then(|code| offers?.by_code.get(code));
    let lead = case.lead().and_then(|lead| rules.tree.get(&lead.unit));
    let mut fields = vec![
        ("service_request_id", case.id.to_string().into()),
        (
            "status",
            if case.phase == Phase::Closed { "closed" } else { "open" }.into(),
        ),
        ("status_notes", Node::or_nothing(reply.clone())),
        (
            "service_name",
            Node::or_nothing(named.map(|service| language.title(&service.title))),
        ),
        ("service_code", Node::or_nothing(code)),
        ("description", Node::or_nothing(description.clone())),
        (
            "agency_responsible",
            Node::or_nothing(lead.map(|unit| language.title(&unit.title))),
        ),
        ("requested_datetime", w3c(*filed_at, offset).into()),
        ("updated_datetime", w3c(*changed_at, offset).into()),
        ("expected_datetime", Node::or_nothing(due.map(|due| w3c(due, offset)))),
        ("address", Node::or_nothing(place.words.clone())),
        ("address_id", place.area.as_str().into()),
        ("lat", place.position.map_or(Node::Nothing, |at| Node::Number(at.lat))),
        ("long", place.position.map_or(Node::Nothing, |at| Node::Number(at.lon))),
    ];
    // What is not known is left out, but for three that clients count on.
    let always = ["description", "updated_datetime", "expected_datetime"];
    fields.retain(|(name, node)| *node != Node::Nothing || always.contains(name));
    Node::Fields(fields)
}
