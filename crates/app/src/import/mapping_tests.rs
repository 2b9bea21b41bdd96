use super::*;

const SOUND: &str = r#"
source = "old-mailbox"
[columns]
external_id = "编号"
text = "内容"
filed_at = "时间"
[defaults]
case_type = "note"
demand = "question"
channel = "brought"
area = "990101000000"
[values.demand]
"投诉" = "complaint"
"#;

fn refused(text: &str) -> MappingError {
    Mapping::parse("m.toml", text).expect_err("it is wrong")
}

#[test]
fn a_mapping_is_checked_before_anything_is_read() {
    let mapping = Mapping::parse("m.toml", SOUND).unwrap();
    assert_eq!(mapping.values[&Field::Demand]["投诉"].value, "complaint");
    let at = |text: &str, line: usize, word: &str| {
        let fault = refused(text);
        assert_eq!((fault.line, fault.en.contains(word)), (Some(line), true), "{fault}");
    };
    at(&SOUND.replace("external_id", "number"), 4, "external_id");
    at(
        &SOUND.replace("[columns]", "[file]\ndelimiter = \",,\"\n[columns]"),
        4,
        "delimiter",
    );
    at(
        &SOUND.replace(
            "[columns]",
            "[file]\nencoding = \"gb18030\"\ndelimiter = \"|\"\n[columns]",
        ),
        5,
        "delimiter",
    );
    at(&format!("{SOUND}[times]\nformats = [\"%Y\"]"), 15, "%Y");
    at(&format!("{SOUND}[times]\nutc_offset = \"8\""), 15, "+08:00");
    at(&SOUND.replace("[defaults]", "[defaults]\ntext = \"x\""), 8, "every row");
    at(&SOUND.replace("\"old-mailbox\"", "\" \""), 2, "source");
    for (from, to, word) in [
        ("text = \"内容\"", "", "columns.text"),
        ("demand = \"question\"", "", "defaults.demand"),
        ("area = \"990101000000\"", "", "defaults.area"),
        ("text =", "lon = 3\ntext =", "columns.lat"),
        ("text =", "reply = \"答\"\ntext =", "columns.replied_at"),
        (
            "text =",
            "reply = \"答\"\nreplied_at = \"时\"\ntext =",
            "defaults.outcome",
        ),
    ] {
        let fault = refused(&SOUND.replacen(from, to, 1));
        assert!(fault.en.contains(word), "{fault}");
    }
}

#[test]
fn missing_columns_are_told_at_once_with_those_that_are_there() {
    let mapping = Mapping::parse("m.toml", SOUND).unwrap();
    let fault = mapping.layout("old.csv", &["编号", "正文", "日期"]).unwrap_err();
    assert_eq!(fault.line, Some(5));
    assert_eq!(fault.en, "old.csv has no column 内容, 时间; it has: 编号, 正文, 日期");
    let fault = mapping
        .layout("old.csv", &["编号", "内容", "时间", "时间"])
        .unwrap_err();
    assert!(fault.en.contains("more than one column `时间`"), "{fault}");
    let found = mapping.layout("old.csv", &["时间 ", "编号", "内容", "其他"]).unwrap();
    assert_eq!(
        [Field::FiledAt, Field::Text, Field::Title].map(|f| found.at(f)),
        [Some(0), Some(2), None]
    );
    let numbered = SOUND
        .replace("\"编号\"", "1")
        .replace("\"内容\"", "3")
        .replace("\"时间\"", "2");
    let numbered = Mapping::parse("m.toml", &format!("{numbered}[file]\nheader = false")).unwrap();
    assert_eq!(
        numbered
            .layout("old.csv", &["17", "2019/4/25", "…"])
            .unwrap()
            .at(Field::Text),
        Some(2)
    );
    assert!(numbered.layout("old.csv", &["17", "2019/4/25"]).is_err());
}
