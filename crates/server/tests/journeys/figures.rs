//! Figures from the demonstration district to a published table, at the terminal.

use serde_json::Value;

use crate::support::{fails, root, succeeds};

#[test]
fn a_leader_reads_rates_and_a_month_is_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let sources = root();
    let sources = sources.to_str().expect("UTF-8");
    succeeds(
        &data,
        &[
            "demo",
            "--no-serve",
            "--scale",
            "300",
            "--until",
            "2024-12-31",
            "--sources",
            sources,
        ],
    );

    // Every month that is over was drawn, by a recorded seed.
    let samples = succeeds(&data, &["sample", "list", "--json"]);
    let samples: Vec<Value> = samples
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(samples.len() > 7 * 20, "{} samples", samples.len());
    let seeds: std::collections::BTreeSet<&str> = samples.iter().filter_map(|sample| sample["seed"].as_str()).collect();
    assert_eq!(seeds.len(), samples.len(), "each draw has a seed of its own");
    let drawn = |period: &str| -> i64 {
        let of = samples
            .iter()
            .filter(|sample| sample["period"].as_str().is_some_and(|p| p.starts_with(period)));
        of.filter_map(|sample| sample["drawn"].as_i64()).sum()
    };

    let told = succeeds(&data, &["rates", "--period", "2024", "--by", "district", "--json"]);
    let table: Value = serde_json::from_str(&told).expect("JSON");
    let rows = table["rows"].as_array().expect("rows");
    assert!(rows.len() >= 7, "{told}");
    let sampled = |row: &Value| -> i64 {
        row["rates"]
            .as_array()
            .expect("rates")
            .iter()
            .filter_map(|r| r["sample"].as_i64())
            .max()
            .unwrap_or(0)
    };
    assert!(
        sampled(&table["total"]) > 0 && sampled(&table["total"]) <= drawn("2024"),
        "{told}"
    );
    assert_eq!(rows.iter().map(sampled).sum::<i64>(), sampled(&table["total"]));
    let text = succeeds(&data, &["rates", "--period", "2024", "--by", "month"]);
    assert!(
        text.contains("满意率 = （满意×1 + 基本满意×0.6 + 不满意×0） ÷ 回访成功"),
        "{text}"
    );
    assert!(succeeds(&data, &["rates", "--period", "2024-03", "--csv"]).starts_with("代码,名称,名次,得分"));

    assert!(text.contains("2024-12"));
    let open = fails(&data, &["rates", "--period", "2024-13"]);
    assert!(open.contains("2024-01..2024-06"), "{open}");
    assert!(fails(&data, &["rates"]).contains("--period"));
    let published = succeeds(&data, &["rates", "close", "2024-03"]);
    assert!(published.contains("第 1 版"), "{published}");
    let again = fails(&data, &["rates", "close", "2024-03"]);
    assert!(
        again.contains("edition 1") && again.contains("never changed"),
        "{again}"
    );
    assert!(succeeds(&data, &["rates", "--period", "2024-03"]).contains("数据一致"));
    assert!(succeeds(&data, &["rates", "--period", "2024-03", "--edition", "1"]).contains("第 1 版"));
    assert!(succeeds(&data, &["rates", "editions", "2024-03"]).contains("第 1 版"));
    assert!(succeeds(&data, &["rates", "editions", "2024-02"]).contains("尚未定版"));
    assert!(fails(&data, &["sample", "draw", "--period", "2999-01"]).contains("2024-03"));
    assert!(succeeds(&data, &["rebuild", "--verify"]).contains("as kept"));
}
