//! Who else sees a case: named people alone (保密), or everybody, redacted (公开).

use std::collections::{BTreeMap, BTreeSet};

use quanyu_domain::cases::{Case, Command, Position, Publication, Said, TextRef};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_geo::{Point, distance_m};
use quanyu_store::{Expect, Query, Record, Records, Write, table};

use super::{Caller, case_of, unknown_case};
use crate::App;
use crate::error::AppError;
use crate::masking::{Masked, MaskedKind, redacted};
use crate::rules::Rules;
use crate::tables::{AccountRow, CaseRow};

table! {
    /// Published cases, under everything by which they are listed (公开案件).
    pub static PUBLISHED = "published", Derived, key 3;
    /// A published case in one list.
    #[derive(Clone, Debug, PartialEq)]
    pub struct PublishedRow {
        /// The district that owns the case.
        district: i64,
        /// The list: an area, a matter, both or neither, see `facet`; or a cell of the map.
        facet: String,
        /// The case.
        case: i64,
    }
}

/// The level of communities, see `UnitKind::level`: the finest at which anything is published.
const COMMUNITY_LEVEL: u8 = 3;
/// Edge of the cells to whose middle points are generalised, in degrees: about a kilometre.
const CELL: f64 = 0.01;
/// Longest words for a generalised place, in characters.
const MAX_WORDS: usize = 100;

/// What a clerk is proposed to publish of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    /// The title, redacted by rule, with what was masked; none where it has none.
    pub title: Option<(String, Vec<Masked>)>,
    /// The text; none where it was erased.
    pub text: Option<(String, Vec<Masked>)>,
    /// The reply.
    pub reply: Option<(String, Vec<Masked>)>,
    /// The area, no finer than a community.
    pub area: UnitCode,
}

/// What a clerk publishes of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationDraft {
    /// The title.
    pub title: Option<String>,
    /// The redacted text.
    pub text: String,
    /// The redacted reply.
    pub reply: Option<String>,
    /// The area in which it is said to lie; without one, the community.
    pub area: Option<UnitCode>,
    /// A road or neighbourhood.
    pub words: Option<String>,
}

/// Around a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// The point.
    pub position: Position,
    /// How far at most, in metres; up to [`Near::AT_MOST`].
    pub metres: f64,
}

impl Near {
    /// The largest circle, in metres: it touches few cells of the index.
    pub const AT_MOST: f64 = 5_000.0;

    /// Whether something lies in it.
    pub fn holds(&self, other: Position) -> bool {
        let point = |at: Position| Point::new(at.lon, at.lat).ok();
        match (point(self.position), point(other)) {
            (Some(own), Some(other)) => distance_m(own, other) <= self.metres,
            _ => false,
        }
    }

    /// The lists of the cells that it touches.
    fn facets(&self) -> Vec<String> {
        // A degree of latitude has at least 110.5 km, one of longitude as much times the cosine of the latitude.
        let north = self.metres / 110_500.0;
        let widest = (self.position.lat.abs() + north).min(89.0).to_radians().cos();
        let east = north / widest;
        let (west, south) = cell(self.position.lon - east, self.position.lat - north);
        let (last, top) = cell(self.position.lon + east, self.position.lat + north);
        let row = |lat: i32| (west..=last).map(move |lon| cell_facet((lon, lat)));
        (south..=top).flat_map(row).collect()
    }
}

/// Which published cases are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedQuery {
    /// Only what is said to lie in this area.
    pub area: Option<UnitCode>,
    /// Only this matter and those below it.
    pub matter: Option<String>,
    /// Only what is said to lie there; instead of area and matter.
    pub near: Option<Near>,
    /// After this case.
    pub after: Option<Id>,
    /// How many.
    pub limit: usize,
}

impl App {
    /// Makes a case confidential for some accounts and whoever decides, or no longer.
    ///
    /// # Errors
    /// A refusal, or that the case has changed since.
    pub async fn confide(
        &self,
        caller: &Caller,
        id: Id,
        seen: Option<i64>,
        people: Option<BTreeSet<Id>>,
        reason: &str,
    ) -> Result<Case, AppError> {
        let rules = self.rules();
        // The caller must know of the case before anything is told about accounts.
        let case = self.case(caller, id).await?;
        let named: Vec<Id> = people.iter().flatten().copied().collect();
        let keys = named.iter().map(|id| vec![id.0.into()]).collect();
        let accounts = self.store.records::<AccountRow>(keys).await?;
        if let Some((unknown, _)) = named.iter().zip(accounts).find(|(_, row)| row.is_none()) {
            return Err(Refusal::invalid(
                "unknown_account",
                "people",
                format!("没有账号 {unknown}"),
                format!("there is no account {unknown}"),
            )
            .into());
        }
        let command = || Command::Confide {
            people: people.clone(),
            reason: reason.to_owned(),
        };
        self.act(&rules, caller, case, seen, &[], command).await
    }

    /// What a clerk may publish of a case: its texts with what tells of people masked by rule.
    ///
    /// # Errors
    /// When the caller may not see the case.
    pub async fn propose_publication(&self, caller: &Caller, case: &Case) -> Result<Proposed, AppError> {
        let rules = self.rules();
        if caller.actor.standing(case, &rules.tree).is_empty() {
            return Err(unknown_case().into());
        }
        let mut refs = vec![&case.text];
        refs.extend(case.result.as_ref().map(|result| &result.reply));
        let mut texts = self.texts(case.district, &refs).await?.into_iter();
        let (text, reply) = (texts.next().flatten(), texts.next().flatten());
        // What is known of the reporter is masked wherever the text says it; the clerk learns nothing that is not there.
        let known = self.known_of_reporter(case).await?;
        let masked = |text: String| redacted(&text, &known);
        let (title, text) = text.map_or((None, None), |text| (text.title, Some(text.body)));
        Ok(Proposed {
            title: title.map(masked),
            text: text.map(masked),
            reply: reply.map(|reply| masked(reply.body)),
            area: coarse_areas(&rules, case)[0].clone(),
        })
    }

    /// Publishes a case.
    ///
    /// # Errors
    /// A refusal: numbers of people in a text are refused, whoever left them there.
    pub async fn publish(
        &self,
        caller: &Caller,
        id: Id,
        seen: Option<i64>,
        draft: PublicationDraft,
    ) -> Result<Case, AppError> {
        let rules = self.rules();
        let case = self.case(caller, id).await?;
        for (field, text) in [
            ("title", draft.title.as_deref()),
            ("text", Some(draft.text.as_str())),
            ("reply", draft.reply.as_deref()),
            ("place", draft.words.as_deref()),
        ] {
            must_be_redacted(field, text.unwrap_or_default())?;
        }
        let words = draft.words.as_deref().map(str::trim).filter(|words| !words.is_empty());
        if words.is_some_and(|words| words.chars().count() > MAX_WORDS) {
            return Err(Refusal::invalid(
                "text_too_long",
                "place",
                format!("公开的位置描述至多 {MAX_WORDS} 字"),
                format!("a published place has at most {MAX_WORDS} characters"),
            )
            .into());
        }
        let (text, write) = self.text(case.district, draft.title, &draft.text, "text")?;
        let mut writes = vec![write];
        let mut reply = None;
        if let Some(shown) = &draft.reply {
            let (text, write) = self.text(case.district, None, shown, "reply")?;
            writes.push(write);
            reply = Some(text);
        }
        let mut areas = coarse_areas(&rules, &case);
        if let Some(area) = &draft.area {
            let from = areas.iter().position(|own| own == area).ok_or_else(|| {
                Refusal::invalid(
                    "not_its_area",
                    "area",
                    "公开的区划须是案件所在的社区或其上级",
                    "a case is published in its community, or in an area above it",
                )
            })?;
            areas.drain(..from);
        }
        let publication = Publication {
            text,
            reply,
            areas,
            words: words.map(Said::from),
            position: case.place.position.map(coarse),
        };
        let command = || Command::Publish(Box::new(publication.clone()));
        self.act(&rules, caller, case, seen, &writes, command).await
    }

    /// Takes a published case back.
    ///
    /// # Errors
    /// A refusal, or that the case has changed since.
    pub async fn withdraw(&self, caller: &Caller, id: Id, seen: Option<i64>, reason: &str) -> Result<Case, AppError> {
        let command = || Command::Withdraw {
            reason: reason.to_owned(),
        };
        self.act(&self.rules(), caller, id, seen, &[], command).await
    }

    /// Published cases, the newest first, and where the next page begins.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn published(&self, query: &PublishedQuery) -> Result<(Vec<Case>, Option<Id>), AppError> {
        let rules = self.rules();
        let facets = match &query.near {
            Some(near) => near.facets(),
            None => vec![facet(query.area.as_ref(), query.matter.as_deref())],
        };
        let districts = match &query.area {
            Some(area) if area.district().0 % 100 != 0 => vec![area.district()],
            _ => rules.case_districts(),
        };
        let mut rows: Vec<PublishedRow> = Vec::new();
        let mut lists = Vec::with_capacity(districts.len() * facets.len());
        for district in districts {
            lists.extend(facets.iter().map(|facet| (district, facet)));
        }
        for (district, facet) in lists {
            let mut ask = Query::by_key(&PUBLISHED, query.limit + 1)
                .equal(i64::from(district.0))
                .equal(facet.as_str())
                .descending();
            if let Some(after) = query.after {
                let mut place = ask.prefix.clone();
                place.push(after.0.into());
                ask = ask.after(place);
            }
            rows.extend(self.store.page::<PublishedRow>(&ask).await?);
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.case));
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let next = rows.last().filter(|_| more).map(|row| Id(row.case));
        let keys = rows
            .iter()
            .map(|row| vec![row.district.into(), row.case.into()])
            .collect();
        let mut cases = Vec::with_capacity(rows.len());
        for row in self.store.records::<CaseRow>(keys).await?.into_iter().flatten() {
            let case = case_of(&row)?;
            // Taken back between the two questions.
            let Some(publication) = &case.publication else { continue };
            let lies = |near: &Near| publication.position.is_some_and(|at| near.holds(at));
            if query.near.as_ref().is_none_or(lies) {
                cases.push(case);
            }
        }
        Ok((cases, next))
    }

    /// A published case.
    ///
    /// # Errors
    /// When there is none of this number that is published.
    pub async fn published_case(&self, id: Id) -> Result<Case, AppError> {
        let case = self.load_case(&self.rules(), None, id).await?;
        case.filter(|case| case.publication.is_some()).ok_or_else(|| {
            Refusal::not_found(
                "not_published",
                "没有这个公开案件",
                "there is no published case of this number",
            )
            .into()
        })
    }
}

/// The areas in which a case lies, from its community upwards.
fn coarse_areas(rules: &Rules, case: &Case) -> Vec<UnitCode> {
    let level = |area: &UnitCode| rules.tree.get(area).and_then(|unit| unit.kind.level());
    let areas = &case.place.areas;
    let from = areas
        .iter()
        .position(|area| level(area).is_some_and(|level| level <= COMMUNITY_LEVEL))
        // Of an area that is unknown by now only the last, the district, is coarse for certain.
        .unwrap_or(areas.len() - 1);
    areas[from..].to_vec()
}

/// The middle of the cell in which a point lies.
fn coarse(point: Position) -> Position {
    let middle = |degrees: f64| (((degrees / CELL).floor() + 0.5) * CELL * 1e4).round() / 1e4;
    Position {
        lon: middle(point.lon),
        lat: middle(point.lat),
    }
}

fn must_be_redacted(field: &'static str, text: &str) -> Result<(), Refusal> {
    let (_, masked) = redacted(text, &[]);
    let number = |masked: &&Masked| {
        matches!(
            masked.kind,
            MaskedKind::Phone | MaskedKind::Identity | MaskedKind::Number | MaskedKind::Plate
        )
    };
    match masked.iter().find(number) {
        None => Ok(()),
        Some(_) => Err(Refusal::invalid(
            "not_redacted",
            field,
            "公开内容中仍有电话、证件号、车牌等号码，请遮盖后再公开",
            "there are still numbers of people or plates in it: mask them first",
        )),
    }
}

/// The list of published cases of an area, a matter, both or neither.
fn facet(area: Option<&UnitCode>, matter: Option<&str>) -> String {
    format!(
        "{}/{}",
        area.map(UnitCode::as_str).unwrap_or_default(),
        matter.unwrap_or_default()
    )
}

/// Edge of the cells by which published cases are listed, in degrees: some five kilometres.
const LISTED_CELL: f64 = 0.05;

/// The cell in which a point lies, by its row and column.
#[expect(clippy::cast_possible_truncation, reason = "degrees over a twentieth fit")]
fn cell(lon: f64, lat: f64) -> (i32, i32) {
    ((lon / LISTED_CELL).floor() as i32, (lat / LISTED_CELL).floor() as i32)
}

/// The list of published cases of a cell.
fn cell_facet((lon, lat): (i32, i32)) -> String {
    format!("@{lon},{lat}")
}

/// The rows by which a case is listed to the public.
fn published_rows(case: &Case) -> BTreeMap<String, PublishedRow> {
    let Some(publication) = &case.publication else {
        return BTreeMap::new();
    };
    let mut areas: Vec<Option<&UnitCode>> = publication.areas.iter().map(Some).collect();
    areas.push(None);
    // A matter's code begins with that of the one above it, two digits a level.
    let code = case.matter.as_deref().unwrap_or_default();
    let mut matters: Vec<Option<&str>> = (2..=code.len())
        .step_by(2)
        .filter_map(|end| code.get(..end))
        .map(Some)
        .collect();
    matters.push(None);
    let mut facets: Vec<String> = Vec::new();
    for area in areas {
        facets.extend(matters.iter().map(|matter| facet(area, *matter)));
    }
    facets.extend(publication.position.map(|at| cell_facet(cell(at.lon, at.lat))));
    let row = |facet: String| PublishedRow {
        district: i64::from(case.district.0),
        facet,
        case: case.id.0,
    };
    facets.into_iter().map(|facet| (facet.clone(), row(facet))).collect()
}

/// The rows of the public lists, only those that come or go.
pub(super) fn published_writes(before: Option<&Case>, after: &Case) -> Vec<Write> {
    let old = before.map(published_rows).unwrap_or_default();
    let new = published_rows(after);
    let gone = old.iter().filter(|(facet, _)| !new.contains_key(*facet));
    let come = new.iter().filter(|(facet, _)| !old.contains_key(*facet));
    gone.map(|(_, row)| Write::delete(&PUBLISHED, row.key(), Expect::Any))
        .chain(come.map(|(_, row)| Write::put(row, Expect::Any)))
        .collect()
}

/// The texts that a case refers to now.
pub(crate) fn texts_of(case: &Case) -> Vec<TextRef> {
    let mut texts = vec![case.text.clone()];
    texts.extend(case.result.iter().map(|result| result.reply.clone()));
    if let Some(publication) = &case.publication {
        texts.push(publication.text.clone());
        texts.extend(publication.reply.clone());
    }
    texts
}
