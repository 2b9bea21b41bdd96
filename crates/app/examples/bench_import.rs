//! How many rows a second are imported.
//!
//! Makes a file of messages with official replies (nine of ten have one; texts of 60 to 300 characters; the same file
//! for the same number of rows), imports it under the shipped packs into an embedded store on this disk, and prints one
//! line of JSON. The messages come in the order of their time, as systems export them; `shuffled` puts them into none,
//! which costs the store a page for every row.
//!
//! `cargo run --profile demo -p quanyu-app --example bench_import [rows] [ordered|shuffled] [filling|serving]`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the figures are the purpose")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use quanyu_app::App;
use quanyu_app::blobs::Blobs;
use quanyu_app::import::{ImportNews, Mapping};
use quanyu_app::ports::{Ids, SystemClock, SystemRandom};
use quanyu_app::sessions::SignInPolicy;
use quanyu_app::tables::schema;
use quanyu_app::vault::Vault;
use quanyu_pack::{Sources, read_folder};
use quanyu_store::Store;
use quanyu_store_sqlite::{Options, SqliteStore};

const PHRASES: [&str; 12] = [
    "小区门口路面塌陷约两米见方，夜间无照明，来往车辆只能绕行，",
    "楼下餐馆油烟直排居民窗口，多次沟通无果，",
    "自来水连续三天发黄，老人和孩子不敢饮用，",
    "路口红绿灯故障已有一周，早晚高峰非常拥堵，",
    "工地夜间施工到凌晨两点，噪音很大，",
    "垃圾桶满溢无人清运，天热气味难闻，",
    "物业公司擅自提高停车费，没有召开业主大会，",
    "学校门口占道经营严重，学生放学不安全，",
    "暖气温度不达标，家里只有十四度，",
    "河道边有人倾倒建筑垃圾，",
    "公交线路调整后出行不便，希望恢复原站点，",
    "请有关部门尽快核实处理，谢谢。",
];

/// A generator whose numbers are the same on every machine (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    /// A text of 60 to 300 characters.
    fn text(&mut self) -> String {
        let length = 60 + self.below(241) as usize;
        let mut text = String::new();
        let mut chars = 0;
        while chars < length {
            let phrase = PHRASES[self.below(PHRASES.len() as u64) as usize];
            text.push_str(phrase);
            chars += phrase.chars().count();
        }
        text.chars().take(length).collect()
    }
}

fn write_messages(path: &Path, rows: u64, shuffled: bool) -> Result<(), Box<dyn Error>> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut dice = Dice(7);
    let first: Timestamp = "2018-01-01T00:00:00+08:00".parse()?;
    let written = |at: Timestamp| {
        Offset::constant(8)
            .to_datetime(at)
            .strftime("%Y/%-m/%-d %-H:%M:%S")
            .to_string()
    };
    writeln!(file, "留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间")?;
    let span = 7 * 365 * 86_400;
    for row in 1..=rows {
        // In order, but for a day more or less.
        let place = if shuffled {
            dice.below(span)
        } else {
            span / rows * row + dice.below(86_400)
        };
        let filed = first + SignedDuration::from_secs(place as i64);
        let user = dice.below(200_000);
        let text = dice.text();
        let title: String = text.chars().take(20).collect();
        let (reply, replied) = match dice.below(10) {
            0 => (String::new(), String::new()),
            _ => (
                dice.text(),
                written(filed + SignedDuration::from_secs(3_600 + dice.below(60 * 86_400) as i64)),
            ),
        };
        writeln!(
            file,
            "{row},U{user:08},{title},{},\"{text}\",\"{reply}\",{replied}",
            written(filed)
        )?;
    }
    file.flush()?;
    Ok(())
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let rows: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |rows| rows.parse())?;
    let shuffled = std::env::args().nth(2).is_some_and(|order| order == "shuffled");
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let file = folder.path().join("messages.csv");
    write_messages(&file, rows, shuffled)?;
    let written_before = written_mb().unwrap_or(0);

    // As the command line fills a store that nobody else uses meanwhile, or as a server has it.
    let options = match std::env::args().nth(3).as_deref() {
        Some("serving") => Options::default(),
        _ => Options {
            writer_cache: 256 << 20,
            checkpoint_after: 256 << 20,
            group: 4096,
            ..Options::default()
        },
    };
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.path().join("data"), schema(), options).await?);
    let random = Arc::new(SystemRandom);
    let app = App::new(
        Arc::clone(&store),
        Arc::new(SystemClock),
        Ids::new(Offset::constant(8), 0, 0),
        random.clone(),
        Vault::new([7; 32], random),
        Blobs::folder(&folder.path().join("files"))?,
        SignInPolicy::default(),
    );
    let mut sources = Sources::default();
    for part in ["packs", "places"] {
        read_folder(&mut sources, &repository(part), part);
    }
    app.initialise(&sources).await?;
    let path = repository("places/demo-import/messages-and-replies.toml");
    let mapping = Mapping::parse("messages-and-replies.toml", &fs::read_to_string(path)?)?;

    let app = Arc::new(app);
    let began = Instant::now();
    let mut told = 0;
    let summary = app
        .import_cases(&mapping, &file, |news| {
            if let ImportNews::Progress(progress) = news
                && progress.imported / 100_000 > told
            {
                told = progress.imported / 100_000;
                eprintln!(
                    "{} rows after {:.1} s",
                    progress.imported,
                    began.elapsed().as_secs_f64()
                );
            }
            Ok(())
        })
        .await?;
    let seconds = began.elapsed().as_secs_f64();
    if summary.imported != rows {
        return Err(format!("not every row was imported: {summary:?}").into());
    }
    let health = store.health().await?;
    println!(
        "{}",
        serde_json::json!({
            "bench": "import",
            "engine": health.engine,
            "rows": rows,
            "seconds": (seconds * 10.0).round() / 10.0,
            "rows_per_second": (rows as f64 / seconds).round(),
            "shuffled": shuffled,
            "peak_rss_mb": peak_rss_mb(),
            "cpu_seconds": cpu_seconds(),
            "written_mb": written_mb().map(|written| written - written_before),
            "file_mb": fs::metadata(&file)?.len() >> 20,
            "database_bytes_per_row": health.bytes / rows.max(1),
        })
    );
    store.close().await;
    Ok(())
}

/// The most memory that this process had resident, where the system tells (Linux).
fn peak_rss_mb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// What this process has had written to disks.
fn written_mb() -> Option<u64> {
    let io = fs::read_to_string("/proc/self/io").ok()?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "))?;
    Some(line.parse::<u64>().ok()? >> 20)
}

/// The time that processors have spent on this process; other work on the machine does not count.
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which may hold anything, utime and stime are the twelfth and thirteenth, in hundredths.
    let mut times = stat.rsplit(')').next()?.split_whitespace().skip(11).take(2);
    let ticks: f64 = times.next()?.parse::<f64>().ok()? + times.next()?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}
