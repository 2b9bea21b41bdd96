//! What is wrong with a file or with its mapping is named, and keeps nothing else out.

use super::*;

#[tokio::test]
async fn three_broken_rows_do_not_keep_the_others_out() {
    let world = world().await;
    let mut lines: Vec<String> = rows(0, 300).lines().map(str::to_owned).collect();
    lines[40] = "40,\"无名,路面,破损,2023/3/1 0:40:07,,,,,,,,".into();
    lines[41] = "41,无名,路面,破损,2023/3/1 0:41:07".into();
    lines[200] = lines[200].replacen("2023/", "二〇二三/", 1);
    let (summary, rejects) = import(
        &world,
        &file(&world, "a.csv", format!("{HEADER}{}\n", lines.join("\n"))),
    )
    .await;
    assert_eq!(counts(&summary), [297, 3, 0]);
    let told: Vec<_> = rejects
        .iter()
        .map(|r| (r.line, r.reason.code, r.reason.field))
        .collect();
    assert_eq!(
        told,
        [
            (42, "broken_quotes", None),
            (43, "wrong_number_of_fields", None),
            (202, "bad_time", Some("filed_at"))
        ]
    );
    assert_eq!(cases(&world, EAST).await.len(), 297);
    let report = serde_json::to_value(&rejects[2]).expect("JSON");
    assert_eq!((&report["line"], &report["code"]), (&202.into(), &"bad_time".into()));
}

#[tokio::test]
async fn every_fault_of_a_row_is_named() {
    let world = world().await;
    let long = "长".repeat(quanyu_domain::cases::MAX_TEXT + 1);
    let faults = [
        (",,,  ,2024/2/1 9:00:00,,,,,,,,", "text_missing", "text"),
        (&format!(",,,{long},2024/2/1 9:00:00,,,,,,,,"), "text_too_long", "text"),
        (",,,a\u{0}b,2024/2/1 9:00:00,,,,,,,,", "text_not_allowed", "text"),
        (",,,x,,,,,,,,,", "time_missing", "filed_at"),
        (",,,x,2024/2/30 9:00:00,,,,,,,,", "bad_time", "filed_at"),
        (",,,x,2025/2/1 9:00:00,,,,,,,,", "bad_value", "filed_at"),
        (",,,x,0219/2/1 9:00:00,,,,,,,,", "bad_value", "filed_at"),
        (
            ",,,x,2024/2/1 9:00:00,好,2024/1/31 9:00:00,,,,,,",
            "reply_before_filing",
            "replied_at",
        ),
        (",,,x,2024/2/1 9:00:00,好,,,,,,,", "reply_without_time", "replied_at"),
        (
            ",,,x,2024/2/1 9:00:00,,2024/2/2 9:00:00,,,,,,",
            "reply_missing",
            "reply",
        ),
        (",,,x,2024/2/1 9:00:00,,,感谢,,,,,", "unknown_name", "demand"),
        (",,,x,2024/2/1 9:00:00,,,,0102,,,,", "unknown_matter", "matter"),
        (",,,x,2024/2/1 9:00:00,,,,,,很久,,", "bad_remaining", "remaining"),
        (
            ",,,x,2024/2/1 9:00:00,,,,,无此单位,3 workdays,,",
            "unknown_unit",
            "lead",
        ),
        (",,,x,2024/2/1 9:00:00,,,,,,,101.7,", "", ""),
        (",,,x,2024/2/1 9:00:00,,,,,,,东经,36", "bad_value", "lon"),
        (",,,x,2024/2/1 9:00:00,,,,,,,101.7,36.6", "point_outside", "position"),
        (",,,y,2024/2/1 9:00:00,,,,,,,0,0", "", ""),
        (
            &format!("{},,,x,2024/2/1 9:00:00,,,,,,,,", "7".repeat(300)),
            "bad_value",
            "external_id",
        ),
    ];
    let text = faults
        .iter()
        .fold(HEADER.to_owned(), |text, (row, ..)| text + row + "\n");
    let (summary, rejects) = import(&world, &file(&world, "a.csv", text)).await;
    let expected: Vec<_> = (2_u32..)
        .zip(&faults)
        .filter(|(_, (_, code, _))| !code.is_empty())
        .collect();
    let mut told: Vec<_> = rejects
        .iter()
        .map(|r| (r.line, r.reason.code, r.reason.field.unwrap_or_default()))
        .collect();
    // What is seen while reading is told before what is seen while deciding.
    told.sort();
    assert_eq!(
        told,
        expected
            .into_iter()
            .map(|(line, (_, code, field))| (line, *code, *field))
            .collect::<Vec<_>>()
    );
    assert_eq!(summary.imported, 2);
    assert!(
        rejects
            .iter()
            .all(|r| !r.reason.zh.is_empty() && !r.reason.en.is_empty())
    );
}

#[tokio::test]
async fn a_mapping_that_does_not_fit_is_told_once() {
    let world = world().await;
    let told = async |mapping: &str, text: &[u8]| {
        let mapping = Mapping::parse("map.toml", mapping).expect("sound in itself");
        match import_with(&world.app, &mapping, &file(&world, "a.csv", text)).await {
            Err(fault @ (ImportError::Mapping(_) | ImportError::Header { .. })) => fault.to_string(),
            other => panic!("not refused: {other:?}"),
        }
    };
    let row = format!("{HEADER}{}", rows(0, 1));
    let missing = told(MAPPING, row.replace("text,at", "words,when").as_bytes()).await;
    assert!(missing.starts_with("map.toml:7: "), "{missing}");
    assert!(
        missing.ends_with(
            "has no column text, at; it has: id, who, title, words, when, reply, replied, kind, \
        matter, lead, left, lon, lat"
        ),
        "{missing}"
    );
    for (from, to, line, word) in [
        (
            "\"complaint\"",
            "\"compliant\"",
            18,
            "know no case_type `compliant`; there are complaint",
        ),
        (
            "= \"trouble\"\n[values.r",
            "= \"woe\"\n[values.r",
            24,
            "know no demand `woe`",
        ),
        ("990101001000", "990101999000", 22, "know no area"),
        (
            "[times]",
            "[steps]\nreply = \"pass\"\n[times]",
            28,
            "has no step `hand_in`",
        ),
    ] {
        let told = told(&MAPPING.replace(from, to), row.as_bytes()).await;
        assert!(
            told.starts_with(&format!("map.toml:{line}: ")) && told.contains(word),
            "{told}"
        );
    }
    assert!(told(MAPPING, b"").await.contains("the file is empty"));
    assert!(told(MAPPING, b"id,\xD6\xF7\n").await.contains("file.encoding"));
    let nowhere = world.folder.path().join("nowhere.csv");
    assert!(matches!(
        import_with(&world.app, &mapping(), &nowhere).await,
        Err(ImportError::File { .. })
    ));
    assert_eq!(cases(&world, EAST).await.len(), 0);
}
