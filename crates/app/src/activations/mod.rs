//! Putting other packs and places into force from afar (启用规则包): first shown with what it would change, then put into
//! force exactly as it was shown.
//!
//! What was shown is named by the hash of the sources and the number of the activation that was in force then. Other
//! sources, or other rules in force meanwhile, are refused: nobody activates what nobody has looked at.

mod compare;

use quanyu_domain::access::{Relation, Role};
use quanyu_domain::cases::Case;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::Model;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::text::Title;
use quanyu_domain::units::UnitCode;
use quanyu_pack::{Findings, Loaded, Sources, content_hash, load};
use quanyu_store::{Query, Record as _, Records};

use crate::App;
use crate::cases::{Caller, case_of};
use crate::error::{AppError, damaged};
use crate::rules::Rules;
use crate::scan::Pages;
use crate::sources::Activated;
use crate::tables::{CASE_PARTY, CasePartyRow, CaseRow, IN_FORCE, InForceRow};

pub use compare::{Change, Difference, FieldDifference, differences};

/// Open cases of one model are looked at up to here; more are not told apart.
pub const COUNTED_AT_MOST: usize = 5_000;
/// Cases that are read at once.
const PAGE: usize = 500;

/// What putting some sources into force would do.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Hash of the sources that were shown.
    pub source: String,
    /// The activation that was in force when they were shown; 0: none.
    pub after: i64,
    /// What is wrong with them, or probably not meant.
    pub findings: Findings,
    /// Why they could not come into force although nothing in them is wrong in itself.
    pub refusal: Option<Refusal>,
    /// What changes, by district or city; empty where the sources cannot come into force.
    pub districts: Vec<DistrictPreview>,
}

impl Preview {
    /// Whether the sources can come into force.
    pub fn is_sound(&self) -> bool {
        self.refusal.is_none() && !self.findings.has_errors()
    }
}

/// What changes in a district or city.
#[derive(Debug, Clone)]
pub struct DistrictPreview {
    /// Its code.
    pub district: DistrictId,
    /// Its name.
    pub title: Title,
    /// The version of its model in force; `None`: it has none of its own yet.
    pub before: Option<String>,
    /// The version that it would have.
    pub after: String,
    /// What is different between the two.
    pub differences: Vec<Difference>,
    /// The open cases that go by its rules.
    pub open: OpenCases,
}

/// Open cases, counted up to [`COUNTED_AT_MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenCases {
    /// How many.
    pub all: usize,
    /// Those of them with a limit that was set under another version than the one that would be in force: they keep it.
    pub older: usize,
}

impl App {
    /// Shows what putting sources into force would do, and what is wrong with them.
    ///
    /// # Errors
    /// When the caller is no system administrator, or the store does not answer. Findings are no error but the answer.
    pub async fn preview_sources(&self, caller: &Caller, sources: Sources) -> Result<Preview, AppError> {
        caller.must_hold(Role::SystemAdmin)?;
        let source = content_hash(sources.iter());
        let after = self.last_activation().await?.map_or(0, |last| last.number);
        // Reading some megabytes of tables takes longer than others can wait.
        let reading = tokio::task::spawn_blocking(move || load(&sources).map(|loaded| (loaded, sources)));
        let read = reading.await.map_err(|fault| damaged("sources", fault))?;
        let mut shown = Preview {
            source,
            after,
            findings: Findings::default(),
            refusal: None,
            districts: Vec::new(),
        };
        let (loaded, sources) = match read {
            Ok(read) => read,
            Err(findings) => return Ok(Preview { findings, ..shown }),
        };
        shown.findings = loaded.warnings.clone();
        match self.would_hold(&loaded, &sources).await {
            Ok(()) => {}
            Err(AppError::Refused(refusal)) => {
                shown.refusal = Some(refusal);
                return Ok(shown);
            }
            Err(fault) => return Err(fault),
        }
        let rules = self.rules();
        for (id, district) in &loaded.districts {
            let before = rules.models.get(id);
            shown.districts.push(DistrictPreview {
                district: *id,
                title: district.title.clone(),
                before: before.map(|model| model.version.clone()),
                after: district.model.version.clone(),
                differences: differences(before.map(AsRef::as_ref), &district.model),
                open: self.open_cases(&rules, &loaded, *id, &district.model).await?,
            });
        }
        Ok(shown)
    }

    /// Puts sources into force as they were shown.
    ///
    /// # Errors
    /// When the caller is no system administrator, the sources are others than those that were shown, something else came
    /// into force meanwhile, or they have findings.
    pub async fn activate_previewed(
        &self,
        caller: &Caller,
        sources: &Sources,
        shown: &str,
        after: i64,
    ) -> Result<Activated, AppError> {
        caller.must_hold(Role::SystemAdmin)?;
        if content_hash(sources.iter()) != shown {
            return Err(Refusal::not_now(
                "other_sources",
                "内容与预览时不同，请重新预览后再启用",
                "these are not the files that were previewed: preview them again, then activate",
            )
            .into());
        }
        self.activate_after(caller, sources, after).await
    }

    /// What was put into force, the newest first; before a number, or from the last on.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn activations(&self, before: Option<i64>, limit: usize) -> Result<Vec<InForceRow>, AppError> {
        let mut query = Query::by_key(&IN_FORCE, limit).descending();
        if let Some(before) = before {
            query = query.after(vec![before.into()]);
        }
        Ok(self.store.page(&query).await?)
    }

    /// The open cases that would go by a model, and how many of them have limits of other versions.
    async fn open_cases(
        &self,
        rules: &Rules,
        loaded: &Loaded,
        id: DistrictId,
        model: &Model,
    ) -> Result<OpenCases, AppError> {
        let mut open = OpenCases::default();
        let city = |district: DistrictId| DistrictId(district.0 / 100 * 100);
        let goes_by = |district: &DistrictId| {
            *district == id || !loaded.districts.contains_key(district) && city(*district) == id
        };
        for district in rules.case_districts().into_iter().filter(goes_by) {
            let Ok(unit) = format!("{district}000000").parse::<UnitCode>() else {
                continue;
            };
            let query = Query::by_key(&CASE_PARTY, PAGE)
                .equal(i64::from(district.0))
                .equal(unit.as_str())
                .equal(Relation::Area.name())
                .equal(true);
            let mut pages = Pages::of(query);
            while let Some(page) = pages.next(self.store.as_ref()).await? {
                let mut keys = Vec::with_capacity(page.len());
                for row in page {
                    let party = CasePartyRow::from_row(row).map_err(|fault| damaged("case party", fault))?;
                    keys.push(vec![party.district.into(), party.case.into()]);
                }
                for row in self.store.records::<CaseRow>(keys).await?.into_iter().flatten() {
                    let case: Case = case_of(&row)?;
                    open.all += 1;
                    open.older += usize::from(case.clocks.iter().any(|clock| clock.model != model.version));
                    if open.all == COUNTED_AT_MOST {
                        return Ok(open);
                    }
                }
            }
        }
        Ok(open)
    }
}

/// Refuses sources without a district that is in force: its cases would have no rules from one moment to the next.
pub(crate) fn must_keep_districts(rules: &Rules, loaded: &Loaded) -> Result<(), Refusal> {
    let missing = rules.models.keys().find(|id| !loaded.districts.contains_key(*id));
    let Some(first) = missing else {
        return Ok(());
    };
    Err(Refusal::invalid(
        "district_left_out",
        "places",
        format!("缺少现行区划 {first} 的 place.toml，请选择同时含 packs/ 与 places/ 的文件夹"),
        format!(
            "the district {first}, which is in force, has no place.toml: choose the folder that holds packs/ and places/"
        ),
    ))
}
