//! How quickly cases are found by words, and how quickly the index follows.
//!
//! Files cases with texts of about 300 characters under the shipped packs into an embedded store on this disk, one in ten
//! with a rare word; lets the index follow; asks, each question twenty times; prints one line of JSON. With a file of
//! messages the texts are cut from it, otherwise they are made of phrases.
//!
//! `cargo run --profile demo -p quanyu-app --example bench_search [cases] [messages.csv]`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the figures are the purpose")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::tz::Offset;
use quanyu_app::App;
use quanyu_app::blobs::Blobs;
use quanyu_app::cases::{Caller, CaseDraft};
use quanyu_app::followers::{Follower, catch_up};
use quanyu_app::ports::{Ids, SetClock, SystemRandom};
use quanyu_app::search::{MAX_HITS, Search, SearchQuery};
use quanyu_app::sessions::SignInPolicy;
use quanyu_app::tables::schema;
use quanyu_app::vault::Vault;
use quanyu_domain::access::{Grant, Role};
use quanyu_domain::ids::Id;
use quanyu_domain::units::UnitKind;
use quanyu_pack::{Sources, read_folder};
use quanyu_store::Store;
use quanyu_store_sqlite::{Options, SqliteStore};

const PHRASES: [&str; 6] = [
    "小区门口路面塌陷约两米见方，夜间无照明，来往车辆只能绕行，请有关部门到现场查看。",
    "楼下餐馆油烟直排居民窗口，多次沟通无果，希望城管和环保联合处理。",
    "自来水连续三天发黄，老人和孩子不敢饮用，物业说是管网改造造成的。",
    "路口红绿灯故障已有一周，早晚高峰非常拥堵，学校门口尤其危险。",
    "工地夜间施工到凌晨两点，噪音很大，影响休息，投诉多次没有结果。",
    "公交线路调整后出行不便，希望恢复原站点，或者增加班次和夜班车。",
];
/// In every tenth text; in none of the phrases.
const WORD: &str = "沙棘果";
/// Characters of a text.
const LENGTH: usize = 300;
/// Cases that are filed in one commit.
const BATCH: usize = 1_000;

/// A generator whose numbers are the same on every machine (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap_or(0)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cases: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |cases| cases.parse())?;
    let source: Vec<char> = match std::env::args().nth(2) {
        Some(file) => std::fs::read_to_string(file)?
            .chars()
            .filter(|c| !c.is_control())
            .collect(),
        None => PHRASES.concat().chars().collect(),
    };
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let store = SqliteStore::open(&folder.path().join("data"), schema(), Options::default()).await?;
    let store: Arc<dyn Store> = Arc::new(store);
    let random = Arc::new(SystemRandom);
    let clock = Arc::new(SetClock::at("2024-01-01T08:00:00+08:00".parse()?));
    let app = App::new(
        Arc::clone(&store),
        clock.clone(),
        Ids::new(Offset::constant(8), 0, 0),
        random.clone(),
        Vault::new([7; 32], random),
        Blobs::folder(&folder.path().join("files"))?,
        SignInPolicy::default(),
    );
    let mut sources = Sources::default();
    for part in ["packs", "places"] {
        read_folder(
            &mut sources,
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(part),
            part,
        );
    }
    app.initialise(&sources).await?;
    let rules = app.rules();
    let of_kind = |kind| {
        rules
            .tree
            .iter()
            .find(|unit| unit.kind == kind)
            .map(|unit| unit.code.clone())
    };
    let (Some(district), Some(city)) = (of_kind(UnitKind::District), of_kind(UnitKind::City)) else {
        return Err("no district is shipped".into());
    };
    let community = rules
        .tree
        .iter()
        .find(|unit| unit.kind == UnitKind::Community && rules.tree.is_within(&unit.code, &district));
    let community = community.map_or(district.clone(), |unit| unit.code.clone());
    let model = Arc::clone(&rules.of(district.district())?.model);
    let (Some(case_type), Some(demand), Some(channel)) = (
        model.case_types.keys().next(),
        model.demands.keys().next(),
        model.channels.keys().next(),
    ) else {
        return Err("the packs declare no cases".into());
    };
    let person = |role, unit: &quanyu_domain::units::UnitCode| {
        Caller::account(
            Id(1),
            vec![Grant {
                role,
                unit: unit.clone(),
            }],
        )
    };

    let mut dice = Dice(7);
    let began = Instant::now();
    for first in (0..cases).step_by(BATCH) {
        clock.set(quanyu_app::ports::Clock::now(clock.as_ref()) + Duration::from_secs(1));
        let mut sets = Vec::with_capacity(BATCH);
        for nth in first..cases.min(first + BATCH) {
            let from = dice.below(source.len().saturating_sub(LENGTH).max(1));
            let mut text: String = source[from..].iter().take(LENGTH).collect();
            if nth % 10 == 0 {
                text.push_str(WORD);
            }
            let draft = CaseDraft {
                case_type: case_type.clone(),
                demand: demand.clone(),
                channel: channel.clone(),
                matter: None,
                title: None,
                text,
                place: None,
                position: None,
                area: Some(if nth % 20 == 0 {
                    community.clone()
                } else {
                    district.clone()
                }),
                reporter: None,
                evidence: Vec::new(),
                answer: None,
                confidential: false,
            };
            sets.push(app.filing(&rules, &Caller::program(), draft)?.1);
        }
        for outcome in store.commit_all(sets).await {
            outcome?;
        }
    }
    let filed = began.elapsed();
    eprintln!("{cases} cases filed after {:.1} s", filed.as_secs_f64());
    let before = store.health().await?.bytes;
    let began = Instant::now();
    catch_up(&app, &Search as &dyn Follower).await?;
    let followed = began.elapsed();
    let grown = store.health().await?.bytes.saturating_sub(before);
    eprintln!("indexed after {:.1} s", followed.as_secs_f64());

    let mut asked = serde_json::Map::new();
    for (name, words, by) in [
        ("one_in_ten_district", WORD, person(Role::Leader, &district)),
        ("one_in_ten_city", WORD, person(Role::Leader, &city)),
        ("one_in_ten_community", WORD, person(Role::Leader, &community)),
        ("two_words", "沙棘果 小区", person(Role::Leader, &district)),
        ("none", "不存在的鸱鸮", person(Role::Leader, &district)),
    ] {
        let query = SearchQuery {
            words: words.to_owned(),
            district: None,
            open: None,
            limit: MAX_HITS,
        };
        let mut times = Vec::new();
        let mut hits = 0;
        for _ in 0..20 {
            let began = Instant::now();
            hits = app.search(&by, &query).await?.cases.len();
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let figure = serde_json::json!({ "hits": hits, "median_ms": times[10], "worst_ms": times[19] });
        asked.insert(name.to_owned(), figure);
    }
    println!(
        "{}",
        serde_json::json!({
            "bench": "search",
            "cases": cases,
            "filed_per_second": (cases as f64 / filed.as_secs_f64()).round(),
            "indexed_per_second": (cases as f64 / followed.as_secs_f64()).round(),
            "index_bytes_per_case": grown / cases.max(1) as u64,
            "questions": asked,
        })
    );
    store.close().await;
    Ok(())
}
