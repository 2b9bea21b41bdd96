//! Packs and places in force: kept by content hash, activated as a journalled act, loaded into one snapshot.
//!
//! Sources say how cases are handled (packs, parameters, calendars, matters, place names, outlines). Units and the
//! dispatch directory are registers of their own: a place's tables fill them once, at initialisation; from then on they
//! are changed by their own acts, and activating other sources leaves them alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use quanyu_domain::access::Role;
use quanyu_domain::cases::Position;
use quanyu_domain::directory::{Directory, DirectoryRow, Matters};
use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::Model;
use quanyu_domain::refusal::Refusal;
use quanyu_domain::units::{UnitCode, UnitKind, UnitTree};
use quanyu_geo::{Area, AreaIndex, read_areas};
use quanyu_pack::{Loaded, Sources, content_hash, load};
use quanyu_store::{ChangeSet, Expect, Json, NewEvent, Query, Records, Write};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::activations::must_keep_districts;
use crate::beside::settle_root_key;
use crate::cases::Caller;
use crate::error::{AppError, Failed, damaged};
use crate::gazetteer::{Gazetteer, NamedPlace};
use crate::rules::{DistrictRules, Rules};
use crate::tables::{IN_FORCE, InForceRow, ModelVersionRow, SourceRow};
use crate::{directory, units};

/// The noun of activations in the journal.
pub const RULES_NOUN: &str = "rules";

/// An activation, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activated {
    /// 1, 2, 3, …; the last is in force.
    pub number: i64,
    /// Hash of the sources.
    pub source: String,
    /// The version of each district's model.
    pub models: BTreeMap<DistrictId, String>,
}

impl Activated {
    /// The row that it amounts to.
    pub fn row(&self, at: jiff::Timestamp, by: &str) -> InForceRow {
        InForceRow {
            number: self.number,
            source: self.source.clone(),
            at,
            by: by.to_owned(),
        }
    }
}

/// Models of earlier versions that somebody has asked about.
#[derive(Default)]
pub(crate) struct ModelCache(Mutex<HashMap<String, Arc<Model>>>);

impl App {
    /// Fills an empty store: puts the sources into force and takes over units and directory of their places.
    ///
    /// # Errors
    /// When something is in force already, or the sources have findings.
    pub async fn initialise(&self, sources: &Sources) -> Result<Activated, AppError> {
        if self.last_activation().await?.is_some() {
            return Err(Refusal::not_now(
                "initialised_already",
                "数据目录已初始化；如需更换规则包，请使用 pack activate",
                "this store is initialised already: put other packs into force with `pack activate`",
            )
            .into());
        }
        let loaded = checked(sources)?;
        settle_root_key(self.store.as_ref(), &self.vault).await?;
        let caller = Caller::program();
        let mut known = BTreeSet::new();
        // A city's units come before those of its districts.
        for district in cities_first(&loaded) {
            let mut new: Vec<_> = district
                .units
                .iter()
                .filter(|unit| known.insert(unit.code.clone()))
                .cloned()
                .collect();
            // Parents first; codes of areas sort so, departments hang on areas.
            new.sort_by_key(|unit| (unit.kind.level().unwrap_or(u8::MAX), unit.code.clone()));
            self.add_units(&caller, new).await?;
        }
        let activated = self.put_in_force(&caller, sources, &loaded, 0).await?;
        for district in cities_first(&loaded) {
            let own: Vec<DirectoryRow> = district.directory.own_rows().cloned().collect();
            self.put_rows(&caller, district.id, own).await?;
        }
        self.reload_rules().await?;
        Ok(activated)
    }

    /// Puts sources into force. Records keep the version that they were made under.
    ///
    /// # Errors
    /// When the caller is no system administrator, the sources have findings or leave out a district that is in force, or
    /// somebody else was quicker.
    pub async fn activate_sources(&self, caller: &Caller, sources: &Sources) -> Result<Activated, AppError> {
        if *caller != Caller::program() {
            caller.must_hold(Role::SystemAdmin)?;
        }
        let last = self.last_activation().await?.map_or(0, |last| last.number);
        self.activate_after(caller, sources, last).await
    }

    /// Puts sources into force as the next after an activation; refused where another has come after it already.
    pub(crate) async fn activate_after(
        &self,
        caller: &Caller,
        sources: &Sources,
        after: i64,
    ) -> Result<Activated, AppError> {
        let loaded = checked(sources)?;
        self.would_hold(&loaded, sources).await?;
        self.put_in_force(caller, sources, &loaded, after).await
    }

    /// Builds the snapshot that sources would give, before anything is committed: what cannot be built must not come into
    /// force, or no server would start again.
    pub(crate) async fn would_hold(&self, loaded: &Loaded, sources: &Sources) -> Result<(), AppError> {
        must_keep_districts(&self.rules(), loaded)?;
        let (tree, directories) = self.registers().await?;
        build(String::new(), loaded, sources, tree, &directories).map(|_| ())
    }

    async fn put_in_force(
        &self,
        caller: &Caller,
        sources: &Sources,
        loaded: &Loaded,
        after: i64,
    ) -> Result<Activated, AppError> {
        let at = self.now();
        let by = caller.actor.reference().to_string();
        let source = content_hash(sources.iter());
        let activated = Activated {
            number: after + 1,
            models: loaded
                .districts
                .iter()
                .map(|(id, district)| (*id, district.model.version.clone()))
                .collect(),
            source: source.clone(),
        };
        let files: BTreeMap<&str, &str> = sources.iter().collect();
        let mut set = ChangeSet::new()
            .event(NewEvent {
                district: loaded.districts.keys().next().map_or(0, |id| i64::from(id.0)),
                noun: RULES_NOUN.to_owned(),
                id: activated.number,
                kind: "activated".to_owned(),
                actor: by.clone(),
                at,
                reason: None,
                body: Json::of(&activated).map_err(|fault| damaged("activation", fault))?,
            })
            .write(Write::insert(&activated.row(at, &by)))
            .write(Write::put(
                &SourceRow {
                    hash: source.clone(),
                    files: Json::of(&files).map_err(|fault| damaged("sources", fault))?,
                },
                Expect::Any,
            ));
        let versions: BTreeMap<&String, &DistrictId> = activated.models.iter().map(|(id, v)| (v, id)).collect();
        for (version, district) in versions {
            let row = ModelVersionRow {
                model: version.clone(),
                district: i64::from(district.0),
                source: source.clone(),
            };
            set.writes.push(Write::put(&row, Expect::Any));
        }
        match self.store.commit(set).await.map_err(Failed::from) {
            Ok(_) => {}
            Err(Failed::Fatal(fault)) => return Err(fault),
            Err(Failed::Conflict | Failed::Held(..)) => {
                return Err(Refusal::not_now(
                    "activated_meanwhile",
                    "同时有人启用了其他规则包，请查看后重试",
                    "somebody else has activated packs meanwhile: look and try again",
                )
                .into());
            }
        }
        let (tree, directories) = self.registers().await?;
        self.set_rules(build(activated.source.clone(), loaded, sources, tree, &directories)?);
        Ok(activated)
    }

    async fn registers(&self) -> Result<(UnitTree, BTreeMap<DistrictId, Vec<DirectoryRow>>), AppError> {
        let tree = units::load_tree(self.store.as_ref()).await?;
        Ok((tree, directory::load_directories(self.store.as_ref()).await?))
    }

    /// Loads the snapshot anew from the store: at start, and when the journal tells that units, directory or sources have
    /// changed. What follows from the same sources is taken over from the snapshot before.
    ///
    /// # Errors
    /// When nothing is in force, or the store is damaged.
    pub async fn reload_rules(&self) -> Result<(), AppError> {
        let last = self.last_activation().await?.ok_or_else(|| {
            Refusal::not_found(
                "not_initialised",
                "数据目录尚未初始化，请先运行 quanyu init 或 quanyu demo",
                "this store is not initialised: run `quanyu init` or `quanyu demo` first",
            )
        })?;
        let (tree, directories) = self.registers().await?;
        let before = self.rules();
        let rules = if before.source == last.source {
            before.with_registers(tree, &directories)
        } else {
            let sources = self.stored_sources(&last.source).await?;
            build(last.source, &checked(&sources)?, &sources, tree, &directories)?
        };
        self.set_rules(rules);
        Ok(())
    }

    /// The model of a version that a record of a district refers to.
    pub(crate) async fn model_version(&self, district: DistrictId, version: &str) -> Result<Arc<Model>, AppError> {
        let rules = self.rules();
        if let Some(model) = rules.model(district, version) {
            return Ok(model);
        }
        let cached = |cache: &ModelCache| {
            cache
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(version)
                .map(Arc::clone)
        };
        if let Some(model) = cached(&self.models) {
            return Ok(model);
        }
        let row: ModelVersionRow = self
            .store
            .record(vec![version.into()])
            .await?
            .ok_or_else(|| AppError::Internal(format!("the rules of version {version} are not kept")))?;
        let loaded = checked(&self.stored_sources(&row.source).await?)?;
        let mut cache = self.models.0.lock().unwrap_or_else(PoisonError::into_inner);
        for district in loaded.districts.into_values() {
            cache.insert(district.model.version.clone(), Arc::new(district.model));
        }
        cache
            .get(version)
            .map(Arc::clone)
            .ok_or_else(|| AppError::Internal(format!("the sources {} do not give the version {version}", row.source)))
    }

    /// The sources of a hash, as they were put into force.
    ///
    /// # Errors
    /// When they are not kept.
    pub async fn stored_sources(&self, hash: &str) -> Result<Sources, AppError> {
        let row: SourceRow = self
            .store
            .record(vec![hash.into()])
            .await?
            .ok_or_else(|| AppError::Internal(format!("the sources {hash} are not kept")))?;
        let files: BTreeMap<String, String> = row.files.to().map_err(|fault| damaged("sources", fault))?;
        Ok(files.into_iter().collect())
    }

    /// What was put into force last.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn last_activation(&self) -> Result<Option<InForceRow>, AppError> {
        Ok(self
            .store
            .page::<InForceRow>(&Query::by_key(&IN_FORCE, 1).descending())
            .await?
            .pop())
    }
}

impl Rules {
    /// No rules at all: what an application has before anything is in force.
    pub fn none() -> Self {
        Self {
            source: String::new(),
            tree: Arc::default(),
            matters: Arc::default(),
            areas: Arc::new(AreaIndex::new([]).expect("no areas cannot be wrong")),
            gazetteer: Arc::default(),
            services: BTreeMap::new(),
            models: BTreeMap::new(),
            districts: BTreeMap::new(),
        }
    }

    /// The same sources with other units and directories.
    fn with_registers(&self, tree: UnitTree, directories: &BTreeMap<DistrictId, Vec<DirectoryRow>>) -> Self {
        Self {
            source: self.source.clone(),
            matters: Arc::clone(&self.matters),
            areas: Arc::clone(&self.areas),
            gazetteer: Arc::clone(&self.gazetteer),
            services: self.services.clone(),
            districts: districts(&self.models, &tree, directories),
            models: self.models.clone(),
            tree: Arc::new(tree),
        }
    }

    /// The model of a district in this version, if it is the one in force.
    fn model(&self, district: DistrictId, version: &str) -> Option<Arc<Model>> {
        let model = &self.of(district).ok()?.model;
        (model.version == version).then(|| Arc::clone(model))
    }
}

/// Loads sources; findings become a refusal that shows them all.
fn checked(sources: &Sources) -> Result<Loaded, AppError> {
    load(sources).map_err(|findings| {
        Refusal::invalid(
            "pack_findings",
            "sources",
            format!("规则包有误：\n{}", findings.zh()),
            format!("the packs have findings:\n{findings}"),
        )
        .into()
    })
}

fn cities_first(loaded: &Loaded) -> Vec<&quanyu_pack::District> {
    let mut districts: Vec<&quanyu_pack::District> = loaded.districts.values().collect();
    districts.sort_by_key(|district| (district.part_of.is_some(), district.id));
    districts
}

fn build(
    source: String,
    loaded: &Loaded,
    sources: &Sources,
    tree: UnitTree,
    directories: &BTreeMap<DistrictId, Vec<DirectoryRow>>,
) -> Result<Rules, AppError> {
    let places = loaded.districts.values();
    let models: BTreeMap<DistrictId, Arc<Model>> = loaded
        .districts
        .iter()
        .map(|(id, district)| (*id, Arc::new(district.model.clone())))
        .collect();
    let matters = Matters::new(places.clone().flat_map(|district| district.matters.iter().cloned()));
    let names: BTreeMap<(String, Option<UnitCode>), NamedPlace> = places
        .clone()
        .flat_map(|district| district.gazetteer.iter().map(move |row| (district, row)))
        .map(|(district, row)| {
            let area = row.area.clone().or_else(|| Some(district.unit.clone()));
            let place = NamedPlace {
                name: row.name.clone(),
                aliases: row.aliases.clone(),
                kind: row.kind.clone(),
                position: Position {
                    lon: row.lon,
                    lat: row.lat,
                },
                area,
            };
            ((place.name.clone(), place.area.clone()), place)
        })
        .collect();
    let paths: BTreeSet<&String> = places.flat_map(|district| &district.areas).collect();
    let mut areas = Vec::new();
    for path in paths {
        areas.extend(read_outlines(path, sources.get(path).unwrap_or_default(), &tree)?);
    }
    let areas = AreaIndex::new(areas).map_err(|fault| damaged("areas", fault))?;
    Ok(Rules {
        source,
        districts: districts(&models, &tree, directories),
        tree: Arc::new(tree),
        matters: Arc::new(matters),
        areas: Arc::new(areas),
        gazetteer: Arc::new(Gazetteer::new(names.into_values().collect())),
        services: loaded
            .districts
            .iter()
            .map(|(id, district)| (*id, Arc::new(district.services.clone())))
            .collect(),
        models,
    })
}

/// The outlines of the areas that the tree knows.
fn read_outlines(path: &str, text: &str, tree: &UnitTree) -> Result<Vec<Area<UnitCode>>, AppError> {
    let features = read_areas(text).map_err(|fault| {
        Refusal::invalid(
            "bad_outline",
            "areas",
            format!("{path}：{fault}"),
            format!("{path}: {fault}"),
        )
    })?;
    let mut areas = Vec::with_capacity(features.len());
    for feature in features {
        let code = feature
            .properties
            .get("code")
            .and_then(|code| code.as_str())
            .and_then(|code| code.parse().ok());
        // An outline of something that is no unit (yet) lies ready for the day on which it is.
        let Some(unit) = code.as_ref().and_then(|code| tree.get(code)) else {
            continue;
        };
        let Some(level) = unit.kind.level() else { continue };
        areas.push(Area {
            key: unit.code.clone(),
            level,
            outline: feature.outline,
        });
    }
    Ok(areas)
}

/// What each district goes by: its own model or its city's, its own directory before its city's.
fn districts(
    models: &BTreeMap<DistrictId, Arc<Model>>,
    tree: &UnitTree,
    directories: &BTreeMap<DistrictId, Vec<DirectoryRow>>,
) -> BTreeMap<DistrictId, DistrictRules> {
    let rows = |district: DistrictId| directories.get(&district).cloned().unwrap_or_default();
    let units = tree
        .all()
        .into_iter()
        .filter(|unit| matches!(unit.kind, UnitKind::City | UnitKind::District));
    units
        .filter_map(|unit| {
            let district = unit.code.district();
            let city = DistrictId(district.0 / 100 * 100);
            let model = models.get(&district).or_else(|| models.get(&city))?;
            let mut layers = vec![rows(district)];
            if city != district {
                layers.push(rows(city));
            }
            let directory = Arc::new(Directory::new(layers));
            Some((
                district,
                DistrictRules {
                    model: Arc::clone(model),
                    directory,
                },
            ))
        })
        .collect()
}
