//! Who else sees a case: named people alone (保密), or everybody, redacted (公开).

use std::collections::BTreeSet;

use quanyu_domain::cases::{Case, Command, Position, Publication, Said, TextRef};
use quanyu_domain::ids::Id;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::UnitCode;
use quanyu_store::Records;

use super::{Caller, unknown_case};
use crate::App;
use crate::error::AppError;
use crate::masking::{Masked, MaskedKind, begun_after_mask, redacted};
use crate::rules::Rules;
use crate::tables::AccountRow;

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
            title: title.map(|title| begun_after_mask(masked(title))),
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
