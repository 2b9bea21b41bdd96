//! Records from elsewhere become cases: once each, with their own times, whatever else the file holds.

mod again;
mod wrong;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::Offset;
use quanyu_app::App;
use quanyu_app::blobs::Blobs;
use quanyu_app::cases::{Caller, case_of};
use quanyu_app::import::{ImportError, ImportNews, ImportReject, ImportSummary, Mapping};
use quanyu_app::ports::{Ids, SeededRandom};
use quanyu_app::rules::{DistrictRules, Rules};
use quanyu_app::tables::{CASE, CaseRow, TextRow};
use quanyu_app::vault::Vault;
use quanyu_domain::cases::{Case, CaseEvent};
use quanyu_domain::directory::{Matter, Matters};
use quanyu_domain::model::{Act, ClockLimit, ClockRule, Milestone, Performer, Phase, Step};
use quanyu_domain::time::{ClockState, Due};
use quanyu_store::{Query, Records, Store};

use crate::support::{EAST, EAST_ROADS, MILL, WEST, World, at, code, policy, rules};

const HEADER: &str = "id,who,title,text,at,reply,replied,kind,matter,lead,left,lon,lat\n";

pub const MAPPING: &str = r#"
source = "old-system"
[columns]
external_id = "id"
reporter = "who"
title = "title"
text = "text"
filed_at = "at"
reply = "reply"
replied_at = "replied"
demand = "kind"
matter = "matter"
lead = "lead"
remaining = "left"
lon = "lon"
lat = "lat"
[defaults]
case_type = "complaint"
demand = "trouble"
channel = "telephone"
outcome = "repaired"
area = "990101001000"
[values.demand]
"投诉" = "trouble"
[values.remaining]
"三天" = "3 workdays"
[times]
formats = ["%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d"]
"#;

/// The made-up rules, with what imports need: steps that the program may take, clocks, a matter.
pub fn rules_for_imports() -> Rules {
    let rules = rules();
    let (city, model) = rules
        .models
        .iter()
        .next()
        .map(|(id, model)| (*id, model.as_ref().clone()))
        .expect("a model");
    let mut model = model;
    let loops = model.workflows.get_mut("loop").expect("the workflow");
    let step = |name: &str, act, from: &str, to: &str| Step {
        name: name.to_owned(),
        act,
        from: vec![from.to_owned()],
        to: Some(to.to_owned()),
        by: vec![Performer::PROGRAM],
        ..loops.steps[0].clone()
    };
    let (begun, told) = (
        step("note", Act::Move, "received", "in_work"),
        step("tell", Act::HandIn, "in_work", "done"),
    );
    loops.steps[0].by.push(Performer::PROGRAM);
    loops.steps.extend([begun, told]);
    let clock = |name: &str, starts, limit| ClockRule {
        name: name.to_owned(),
        title: loops.title.clone(),
        starts,
        stops: vec![Milestone::HandedIn],
        limit,
        ladder: None,
        extendable: false,
    };
    model.case_types.get_mut("complaint").expect("the kind").clocks = vec![
        clock("answering", Milestone::Filed, ClockLimit::Class("week".into())),
        clock("working", Milestone::Dispatched, ClockLimit::ByClass),
    ];
    let matter = Matter {
        code: "0101".into(),
        title: loops.title.clone(),
        demands: Vec::new(),
        keywords: Vec::new(),
        filing: String::new(),
        closing: String::new(),
    };
    let model = Arc::new(model);
    let of = DistrictRules {
        model: Arc::clone(&model),
        directory: Arc::clone(&rules.districts[&city].directory),
    };
    Rules {
        matters: Arc::new(Matters::new([matter])),
        models: [(city, model)].into(),
        districts: [(city, of)].into(),
        ..rules
    }
}

async fn world() -> World {
    let world = World::new().await;
    world.app.set_rules(rules_for_imports());
    world
}

fn mapping() -> Mapping {
    Mapping::parse("map.toml", MAPPING).expect("a sound mapping")
}

fn file(world: &World, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = world.folder.path().join(name);
    fs::write(&path, text).expect("written");
    path
}

/// Imports a file, with everything that was left out.
async fn import_with(
    app: &Arc<App>,
    mapping: &Mapping,
    path: &Path,
) -> Result<(ImportSummary, Vec<ImportReject>), ImportError> {
    let mut rejects = Vec::new();
    let summary = app
        .import_cases(mapping, path, |news| {
            if let ImportNews::Rejected(reject) = news {
                rejects.push(reject);
            }
            Ok(())
        })
        .await?;
    assert_eq!(summary.rejected, rejects.len() as u64);
    Ok((summary, rejects))
}

async fn import(world: &World, path: &Path) -> (ImportSummary, Vec<ImportReject>) {
    import_with(&world.app, &mapping(), path).await.expect("imported")
}

fn counts(summary: &ImportSummary) -> [u64; 3] {
    [summary.imported, summary.rejected, summary.already]
}

/// Every case of a district, in the order of numbers; each is held against what its events amount to.
async fn cases(world: &World, district: &str) -> Vec<Case> {
    let district = i64::from(code(district).district().0);
    let mut rows: Vec<CaseRow> = Vec::new();
    loop {
        let mut query = Query::by_key(&CASE, 10_000).equal(district);
        if let Some(last) = rows.last() {
            query = query.after_record(last);
        }
        let page = world.store.page(&query).await.expect("a page");
        if page.is_empty() {
            break;
        }
        rows.extend(page);
    }
    let mut replayed: std::collections::BTreeMap<i64, Case> = std::collections::BTreeMap::new();
    let mut position = 0;
    loop {
        let page = world.store.journal(position, 10_000).await.expect("the journal");
        let Some(last) = page.last() else { break };
        position = last.position;
        for event in page.into_iter().filter(|event| event.noun == "case") {
            let body: CaseEvent = event.body.to().expect("an event");
            match replayed.get_mut(&event.id) {
                None => drop(replayed.insert(event.id, Case::from_first(&body).expect("a filing"))),
                Some(case) => case.apply(&body).expect("it fits"),
            }
        }
    }
    let cases: Vec<Case> = rows.iter().map(|row| case_of(row).expect("a case")).collect();
    for (case, row) in cases.iter().zip(&rows) {
        assert_eq!(Some(case), replayed.get(&case.id.0));
        assert_eq!((row.version, row.open), (1, case.phase != Phase::Closed));
    }
    cases
}

async fn text_of(world: &World, case: &Case) -> TextRow {
    world
        .app
        .texts(case.district, &[&case.text])
        .await
        .expect("texts")
        .remove(0)
        .expect("a text")
}

/// `count` sound rows from this number on, one every minute, each replied to after `number` minutes.
fn rows(from: u64, count: u64) -> String {
    let mut text = String::new();
    for number in from..from + count {
        let minute = |n: u64| {
            format!(
                "2023/{}/{} {}:{:02}:07",
                3 + n / 43_200,
                1 + n / 1_440 % 30,
                n / 60 % 24,
                n % 60
            )
        };
        let (filed, replied) = (minute(number), minute(number + 1 + number % 1_000));
        let _ = writeln!(
            text,
            "{number},网友{number},第{number}件,路面第{number}处破损,{filed},已修,{replied},,,,,,"
        );
    }
    text
}

#[tokio::test]
async fn rows_become_cases_with_their_own_times() {
    let world = world().await;
    let text = format!(
        "{HEADER}\
         a1,张三,路灯,\"路灯\n不亮\",2024/2/1 9:05:00,\"已换,请放心\",2024/2/6 10:05:00,投诉,0101,,,,\n\
         a2,,,井盖松动,2024-02-02 08:30,,,,,,,,\n\
         a3,,,树倒了,2022/5/4,已清理,2022/5/4,,,,,,\n"
    );
    let (summary, rejects) = import(&world, &file(&world, "a.csv", text)).await;
    assert_eq!((counts(&summary), rejects.len()), ([3, 0, 0], 0));
    let days = summary.reply_days.expect("two replies");
    // 5 days and an hour; and at once.
    assert_eq!((summary.replies, days.median, days.share_over_15), (2, 2.520833, 0.0));
    assert_eq!(summary.days_without_hour, 2);
    let json = serde_json::to_value(&summary).expect("JSON");
    assert_eq!(json["reply_days"]["median"], 2.520833);

    let [tree, lamp, cover] = &cases(&world, EAST).await[..] else {
        panic!("three cases")
    };
    assert_eq!(
        (lamp.filed_at, lamp.closed_at()),
        (at("2024-02-01T09:05"), Some(at("2024-02-06T10:05")))
    );
    assert_eq!(lamp.reached(Milestone::HandedIn), Some(at("2024-02-06T10:05")));
    assert_eq!(lamp.id.to_string()[..13], *"240201-090500");
    assert_eq!(
        (lamp.demand.as_str(), lamp.matter.as_deref()),
        ("trouble", Some("0101"))
    );
    assert_eq!(lamp.place.areas, [code(MILL), code(EAST)]);
    assert_eq!(text_of(&world, lamp).await.title.as_deref(), Some("路灯"));
    assert_eq!(text_of(&world, lamp).await.body, "路灯\n不亮");
    let reply = &lamp.result.as_ref().expect("a reply").reply;
    assert_eq!(
        world.app.texts(lamp.district, &[reply]).await.unwrap()[0]
            .as_ref()
            .unwrap()
            .body,
        "已换,请放心"
    );
    // Five working days from Thursday, 1 February: in time until the 8th.
    assert_eq!(lamp.clocks[0].clock.due(), Due::At(at("2024-02-08T18:00")));
    assert!(matches!(
        lamp.clocks[0].clock.state(world.app.now()),
        ClockState::Stopped { in_time: true, .. }
    ));
    // The name is sealed; nothing of it stands in the journal.
    let account = world
        .somebody("clerk", &[(quanyu_domain::access::Role::Operator, EAST)])
        .await;
    let person = world
        .app
        .reveal_person(&account, lamp, "核对")
        .await
        .unwrap()
        .expect("a person");
    assert_eq!(person.name.as_deref(), Some("张三"));
    assert!(
        world
            .journal()
            .await
            .iter()
            .all(|event| !event.body.as_str().contains("张三"))
    );

    assert_eq!(
        (cover.phase, cover.filed_at, cover.reporter),
        (Phase::Intake, at("2024-02-02T08:30"), None)
    );
    assert!(matches!(
        cover.clocks[0].clock.state(world.app.now()),
        ClockState::Overdue
    ));
    // 2022 has no calendar here: nothing is guessed. A reply of the same day came no earlier than the question.
    assert_eq!(tree.clocks[0].clock.due(), Due::NoCalendar(2022));
    assert_eq!(
        (tree.filed_at, tree.closed_at()),
        (at("2022-05-04T00:00"), Some(at("2022-05-04T00:00")))
    );
}

#[tokio::test]
async fn files_from_chinese_spreadsheets_are_read() {
    let world = world().await;
    let header = "编号;;标题;内容;时间\n";
    let text = format!("{header}1;;𠮷利路;\"路灯;不亮\";2024年2月1日\n2;;桥;栏杆断了;2024-2-1 8:05\n");
    let mapping = r#"
        source = "sheet"
        [file]
        encoding = "gb18030"
        delimiter = ";"
        [columns]
        external_id = "编号"
        title = 3
        text = "内容"
        filed_at = "时间"
        [defaults]
        case_type = "complaint"
        demand = "trouble"
        channel = "telephone"
        area = "990102000000"
    "#;
    let mapping = Mapping::parse("map.toml", mapping).unwrap();
    let (gb, _, lossy) = encoding_rs::GB18030.encode(&text);
    assert!(!lossy);
    let (summary, _) = import_with(&world.app, &mapping, &file(&world, "gb.csv", &gb))
        .await
        .unwrap();
    assert_eq!(counts(&summary), [2, 0, 0]);
    let [lamp, rail] = &cases(&world, WEST).await[..] else {
        panic!("two cases")
    };
    assert_eq!(text_of(&world, lamp).await.title.as_deref(), Some("𠮷利路"));
    assert_eq!(
        (text_of(&world, lamp).await.body.as_str(), rail.filed_at),
        ("路灯;不亮", at("2024-02-01T08:05"))
    );
    // The same as UTF-8 with a byte order mark: it is known to be the same.
    let (again, _) = import_with(
        &world.app,
        &mapping,
        &file(&world, "utf8.csv", format!("\u{feff}{text}")),
    )
    .await
    .unwrap();
    assert_eq!(counts(&again), [0, 0, 2]);
}

#[tokio::test]
async fn cases_in_flight_keep_the_time_that_is_left() {
    let world = world().await;
    let text = format!(
        "{HEADER}\
         1,,,路面塌陷,2024/2/1 9:00:00,,,,,{EAST_ROADS},三天,,\n\
         2,,,桥面裂缝,2024/2/1 9:00:00,,,,,《{EAST_ROADS}》,1 workday,,\n\
         3,,,积水,2024/2/1 9:00:00,,,,,{EAST_ROADS},,,\n"
    );
    let (summary, rejects) = import(&world, &file(&world, "a.csv", text.clone())).await;
    assert_eq!((counts(&summary), rejects), ([3, 0, 0], Vec::new()));
    let cases = cases(&world, EAST).await;
    // Taken over on Monday, 4 March 2024, 09:00: three working days are left, or one, or the whole week.
    for (case, due) in cases
        .iter()
        .zip(["2024-03-07T18:00", "2024-03-05T18:00", "2024-03-11T18:00"])
    {
        assert_eq!((case.filed_at, case.phase), (at("2024-02-01T09:00"), Phase::Handling));
        assert_eq!(case.lead().map(|lead| &lead.unit), Some(&code(EAST_ROADS)));
        let clock = &case.clock("working").expect("it runs").clock;
        assert_eq!(
            (clock.due(), clock.started()),
            (Due::At(at(due)), at("2024-03-04T09:00"))
        );
        assert_eq!(clock.duration().to_string(), "5 workdays");
    }
    // The day of the handover may be named.
    let map = MAPPING
        .replace("old-system", "other")
        .replace("[times]", "[times]\ntaken_over_at = \"2024-03-01 17:00\"");
    let map = Mapping::parse("map.toml", &map).unwrap();
    import_with(&world.app, &map, &file(&world, "a.csv", text))
        .await
        .unwrap();
    let query = quanyu_app::cases::ListQuery::all(true, 10);
    let caller = Caller::account(
        quanyu_domain::ids::Id(5),
        vec![crate::support::grant(quanyu_domain::access::Role::Handler, EAST_ROADS)],
    );
    let listed = world.app.list(&caller, &query).await.unwrap().cases;
    let due = listed
        .iter()
        .filter_map(|case| case.clock("working")?.clock.running_due())
        .min();
    assert_eq!((listed.len(), due), (6, Some(at("2024-03-04T18:00"))));
}

/// The real file of 2,816 messages, where it is at hand: every message goes in, with its true delay.
#[tokio::test]
async fn the_real_messages_keep_their_true_delays() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = root.join("../shared/data/complaints/messages-and-replies.csv");
    if !data.exists() {
        // The file may not be shipped.
        #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
        {
            eprintln!("skipped: {} is not here", data.display());
        }
        return;
    }
    let world = World::new().await;
    world
        .app
        .initialise(&crate::shipped::shipped())
        .await
        .expect("the shipped packs");
    let path = root.join("places/demo-import/messages-and-replies.toml");
    let mapping = Mapping::parse(&path.display().to_string(), &fs::read_to_string(&path).unwrap()).unwrap();
    let (summary, rejects) = import_with(&world.app, &mapping, &data).await.unwrap();
    assert_eq!((counts(&summary), rejects), ([2_816, 0, 0], Vec::new()));
    let days = summary.reply_days.expect("replies");
    // Reckoned from the file itself by other means (NumPy's default percentiles; times without an hour as 00:00).
    assert_eq!(
        (days.median, days.p90, days.share_over_15),
        (11.208229, 40.9589, 0.384943)
    );
    assert_eq!((summary.replies, summary.days_without_hour), (2_816, 1));

    let rows: Vec<CaseRow> = world.store.page(&Query::by_key(&CASE, 10_000)).await.unwrap();
    assert_eq!(rows.len(), 2_816);
    let (mut unknown, mut late) = (0, 0);
    for row in &rows {
        let case = case_of(row).unwrap();
        assert_eq!((case.phase, case.clocks.len()), (Phase::Closed, 1));
        let clock = &case.clocks[0].clock;
        // The calendar begins with 2018, and working days are counted from the day after the message.
        let next_day = Offset::constant(8)
            .to_datetime(case.filed_at)
            .date()
            .tomorrow()
            .expect("a date");
        let before = next_day.year() < 2018;
        assert_eq!(before, matches!(clock.due(), Due::NoCalendar(_)), "{}", case.id);
        match clock.state(world.app.now()) {
            ClockState::NoCalendar(_) => unknown += 1,
            ClockState::Stopped { in_time: false, .. } => late += 1,
            state => assert!(matches!(state, ClockState::Stopped { in_time: true, .. }), "{state:?}"),
        }
    }
    // 1,079 messages are older than 2018; of one, sent on the last day of 2017, the limit is known for certain.
    assert_eq!(unknown, 1_078);
    assert!((300..900).contains(&late), "{late} of {} were late", 2_816 - unknown);
    let (again, _) = import_with(&world.app, &mapping, &data).await.unwrap();
    assert_eq!((counts(&again), again.reply_days), ([0, 0, 2_816], Some(days)));
}
