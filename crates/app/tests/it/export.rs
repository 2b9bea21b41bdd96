//! Cases leave the house as rows: those that the caller may see, without the numbers of people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use quanyu_app::cases::{Caller, CaseDraft};
use quanyu_app::export::{ExportError, ExportOptions, columns};
use quanyu_app::import::Mapping;
use quanyu_domain::access::Role;
use quanyu_domain::ids::Id;

use crate::import::{MAPPING, rules_for_imports};
use crate::support::{EAST, EAST_DESK, EAST_ROADS, MILL, WEST, WEST_DESK, World, code, draft, grant};

fn with(role: Role, unit: &str) -> Caller {
    Caller::account(Id(7), vec![grant(role, unit)])
}

/// Every row that a caller gets, by column.
async fn export(
    world: &World,
    caller: &Caller,
    options: &ExportOptions,
) -> Result<Vec<BTreeMap<&'static str, String>>, ExportError> {
    let mut rows = Vec::new();
    let count = world
        .app
        .export_cases(caller, options, |cells| {
            assert_eq!(cells.len(), columns(options.texts).len());
            rows.push(
                columns(options.texts)
                    .iter()
                    .copied()
                    .zip(cells.iter().cloned())
                    .collect(),
            );
            Ok(())
        })
        .await?;
    assert_eq!(count, rows.len() as u64);
    Ok(rows)
}

async fn file(world: &World, area: &str, text: &str) {
    let draft = CaseDraft {
        text: text.to_owned(),
        title: Some("请打 13800001234".to_owned()),
        place: Some("井边三号，门牌 1234567".to_owned()),
        area: Some(code(area)),
        ..draft()
    };
    world.app.take_in(&Caller::program(), draft, None).await.expect("filed");
}

#[tokio::test]
async fn a_caller_gets_what_the_caller_may_see() {
    let world = World::new().await;
    for (area, text) in [(MILL, "一"), (WEST, "二"), (EAST, "三")] {
        file(&world, area, text).await;
    }
    let texts = ExportOptions {
        texts: true,
        ..ExportOptions::default()
    };
    let seen = async |caller: &Caller| {
        let rows = export(&world, caller, &texts).await.expect("exported");
        rows.into_iter().map(|row| row["text"].clone()).collect::<BTreeSet<_>>()
    };
    assert_eq!(
        seen(&Caller::program()).await,
        ["一", "二", "三"].map(str::to_owned).into()
    );
    assert_eq!(
        seen(&with(Role::Supervisor, EAST)).await,
        ["一", "三"].map(str::to_owned).into()
    );
    assert_eq!(
        seen(&with(Role::Dispatcher, WEST_DESK)).await,
        ["二"].map(str::to_owned).into()
    );
    assert_eq!(seen(&with(Role::Handler, EAST_ROADS)).await, BTreeSet::new());
    // Who sees no cases at all gets no export of them, not an empty one.
    let admin = with(Role::SystemAdmin, EAST);
    assert!(matches!(export(&world, &admin, &texts).await, Err(ExportError::App(_))));
}

#[tokio::test]
async fn numbers_of_people_stay_in_the_house_unless_they_are_asked_for() {
    let world = World::new().await;
    file(&world, MILL, "联系人１３８００００１２３４，3号楼2单元").await;
    let caller = with(Role::Dispatcher, EAST_DESK);
    let texts = ExportOptions {
        texts: true,
        ..ExportOptions::default()
    };
    let row = export(&world, &caller, &texts).await.expect("exported").remove(0);
    assert_eq!(row["title"], "请打 138********");
    assert_eq!(row["text"], "联系人１３８********，3号楼2单元");
    assert_eq!(row["place"], "井边三号，门牌 123****");
    // Codes and times are no numbers of people.
    assert_eq!(
        (row["area"].as_str(), row["filed_at"].as_str()),
        (MILL, "2024-03-04T09:00:00+08:00")
    );

    let unmasked = |purpose: &str| ExportOptions {
        texts: true,
        unmasked_for: Some(purpose.to_owned()),
    };
    assert!(matches!(
        export(&world, &caller, &unmasked(" ")).await,
        Err(ExportError::App(_))
    ));
    let row = export(&world, &caller, &unmasked("回访名单"))
        .await
        .expect("exported")
        .remove(0);
    assert_eq!(row["title"], "请打 13800001234");
    assert_eq!(row["place"], "井边三号，门牌 1234567");
    let told: Vec<_> = world
        .journal()
        .await
        .into_iter()
        .filter(|event| event.noun == "export")
        .collect();
    let reasons: Vec<_> = told.iter().map(|event| event.reason.as_deref()).collect();
    assert_eq!(reasons, [None, Some("回访名单")]);
    assert!(
        told.iter()
            .all(|event| event.actor.contains('7') && event.kind == "exported"),
        "{told:?}"
    );
}

#[tokio::test]
async fn long_exports_come_page_by_page_with_their_limits() {
    let world = World::new().await;
    world.app.set_rules(rules_for_imports());
    let mut text = "id,who,title,text,at,reply,replied,kind,matter,lead,left,lon,lat\n".to_owned();
    for n in 0..1_300 {
        // In time, late, beyond the calendar, still open; five working days are allowed.
        let (year, reply) = match n % 4 {
            0 => (2024, "已修,2024/1/5 9:00:00"),
            1 => (2024, "已修,2024/1/25 9:00:00"),
            2 => (2022, "已修,2022/1/5 9:00:00"),
            _ => (2024, ","),
        };
        let _ = writeln!(
            text,
            "{n},,,第{n}件,{year}/1/2 8:{:02}:{:02},{reply},,,,,,",
            n / 60,
            n % 60
        );
    }
    let path = world.folder.path().join("a.csv");
    fs::write(&path, text).expect("written");
    let mapping = Mapping::parse("map.toml", MAPPING).expect("a sound mapping");
    let summary = world
        .app
        .import_cases(&mapping, &path, |_| Ok(()))
        .await
        .expect("imported");
    assert_eq!(summary.imported, 1_300);

    let texts = ExportOptions {
        texts: true,
        ..ExportOptions::default()
    };
    let all = export(&world, &Caller::program(), &texts).await.expect("exported");
    let numbers: Vec<_> = all.iter().map(|row| row["number"].clone()).collect();
    assert!(numbers.is_sorted() && numbers.len() == 1_300);
    let seen = export(&world, &with(Role::Leader, EAST), &texts)
        .await
        .expect("exported");
    // Those that are open first; none twice, none missing.
    let open = seen.iter().take_while(|row| row["closed_at"].is_empty()).count();
    assert_eq!((open, seen.len()), (325, 1_300));
    assert_eq!(
        seen.iter().map(|row| row["number"].clone()).collect::<BTreeSet<_>>(),
        numbers.into_iter().collect()
    );
    for row in &all {
        let n: u32 = row["text"].trim_matches(['第', '件']).parse().expect("a number");
        let told = (
            row["due_at"].as_str(),
            row["handled_in_time"].as_str(),
            row["reply"].as_str(),
        );
        let due = "2024-01-09T18:00:00+08:00";
        let expected = match n % 4 {
            0 => (due, "yes", "已修"),
            1 => (due, "no", "已修"),
            2 => ("no_calendar", "no_calendar", "已修"),
            _ => (due, "no", ""),
        };
        assert_eq!(told, expected, "{n}");
        let outcome = if n % 4 == 3 { "" } else { "repaired" };
        assert_eq!(
            (row["outcome"].as_str(), row["area_title"].as_str()),
            (outcome, "《990101001000》")
        );
    }
    // Without texts there are fewer columns.
    assert!(columns(false).len() + 3 == columns(true).len());
    // Whoever cannot write any more is asked for no more rows.
    let mut left = 700;
    let (program, plain) = (Caller::program(), ExportOptions::default());
    let write = |_: &[String]| {
        left -= 1;
        if left == 0 {
            Err(std::io::Error::other("no space left"))
        } else {
            Ok(())
        }
    };
    let stopped = world.app.export_cases(&program, &plain, write).await;
    assert!(matches!(stopped, Err(ExportError::Write(_))));
    assert_eq!(left, 0);
}
