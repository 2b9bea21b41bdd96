//! A made-up district with rules made by hand, over a database in a folder of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use quanyu_app::App;
use quanyu_app::accounts::{Account, AccountDraft};
use quanyu_app::blobs::Blobs;
use quanyu_app::cases::{Caller, CaseDraft};
use quanyu_app::error::AppError;
use quanyu_app::passwords::Hashing;
use quanyu_app::ports::{Clock, Ids, SeededRandom, SetClock};
use quanyu_app::rules::{DistrictRules, Rules};
use quanyu_app::sessions::SignInPolicy;
use quanyu_app::tables::schema;
use quanyu_app::vault::Vault;
use quanyu_domain::access::{Grant, Role};
use quanyu_domain::directory::Directory;
use quanyu_domain::ids::DistrictId;
use quanyu_domain::model::{
    Act, CaseType, Channel, Demand, EvidenceKind, LimitClass, Model, Outcome, Performer, Phase, State, Step, Workflow,
};
use quanyu_domain::text::Title;
use quanyu_domain::time::{CalendarDay, WorkCalendar, WorkHours, WorkTime, YearTable};
use quanyu_domain::units::{Unit, UnitCode, UnitKind, UnitTree};
use quanyu_store::{Event, Store};
use quanyu_store_sqlite::{Options, SqliteStore};

/// A city, two of its districts, their desks and a department each, and a piece of land of the first.
pub const CITY: &str = "990100000000";
pub const EAST: &str = "990101000000";
pub const EAST_DESK: &str = "990101000000-command_centre";
pub const EAST_ROADS: &str = "990101000000-roads";
pub const MILL: &str = "990101001000";
pub const WEST: &str = "990102000000";
pub const WEST_DESK: &str = "990102000000-command_centre";
pub const WEST_ROADS: &str = "990102000000-roads";

/// A password that keeps the rules.
pub const PASSWORD: &str = "Yak-Butter-2024";

/// An application in a made-up world.
pub struct World {
    pub app: Arc<App>,
    pub clock: Arc<SetClock>,
    pub store: Arc<SqliteStore>,
    pub folder: tempfile::TempDir,
    seed: u64,
}

/// An instant from local civil time at UTC+8, such as `"2024-03-04T09:00"`.
pub fn at(text: &str) -> Timestamp {
    let local: DateTime = text.parse().expect("a civil date and time");
    Offset::constant(8).to_timestamp(local).expect("within range")
}

pub fn code(text: &str) -> UnitCode {
    text.parse().expect("a unit code")
}

pub fn grant(role: Role, unit: &str) -> Grant {
    Grant { role, unit: code(unit) }
}

/// How people sign in here: as everywhere, but hashing costs nothing.
pub fn policy() -> SignInPolicy {
    SignInPolicy {
        hashing: Hashing::CHEAP,
        ..SignInPolicy::default()
    }
}

/// The code with which something was refused.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(outcome: Result<T, AppError>) -> &'static str {
    match outcome {
        Err(AppError::Refused(refusal)) => refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

impl World {
    /// Monday, 4 March 2024, 09:00.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("db"), schema(), Options::default())
            .await
            .expect("it opens");
        let store = Arc::new(store);
        let clock = Arc::new(SetClock::at(at("2024-03-04T09:00")));
        let app = Arc::new(app(&store, &clock, folder.path().join("files"), 1));
        Self {
            app,
            clock,
            store,
            folder,
            seed: 1,
        }
    }

    /// The database was closed, and is opened again.
    pub async fn opened_again(mut self) -> Self {
        let folder = self.folder.path().join("db");
        let store = SqliteStore::open(&folder, schema(), Options::default()).await;
        self.store = Arc::new(store.expect("it opens"));
        self.app = self.another_server();
        self.app.reload_rules().await.expect("the rules in force");
        self
    }

    /// Another server over the same database and files.
    pub fn another_server(&mut self) -> Arc<App> {
        self.seed += 1;
        Arc::new(app(
            &self.store,
            &self.clock,
            self.folder.path().join("files"),
            self.seed,
        ))
    }

    pub fn later(&self, by: SignedDuration) {
        self.clock.set(self.clock.now() + by);
    }

    pub fn minutes_later(&self, minutes: i64) {
        self.later(SignedDuration::from_mins(minutes));
    }

    /// An account made by the program, with [`PASSWORD`].
    pub async fn account(&self, login: &str, grants: &[(Role, &str)]) -> Account {
        let draft = AccountDraft {
            login: login.to_owned(),
            name: format!("{login} 同志"),
            password: PASSWORD.to_owned(),
            grants: grants.iter().map(|(role, unit)| grant(*role, unit)).collect(),
        };
        self.app
            .create_account(&Caller::program(), draft)
            .await
            .expect("an account")
    }

    /// Somebody with an account who has signed in.
    pub async fn somebody(&self, login: &str, grants: &[(Role, &str)]) -> Caller {
        self.account(login, grants).await;
        self.app
            .sign_in(login, PASSWORD)
            .await
            .expect("signed in")
            .signed
            .caller
    }

    /// The whole journal.
    pub async fn journal(&self) -> Vec<Event> {
        self.store.journal(0, 10_000).await.expect("the journal")
    }

    /// The kinds of what happened to things of a noun, in order.
    pub async fn kinds(&self, noun: &str) -> Vec<String> {
        self.journal()
            .await
            .into_iter()
            .filter(|event| event.noun == noun)
            .map(|event| event.kind)
            .collect()
    }
}

fn app(store: &Arc<SqliteStore>, clock: &Arc<SetClock>, files: PathBuf, seed: u64) -> App {
    let random = Arc::new(SeededRandom::new(seed));
    let ids = Ids::new(Offset::constant(8), u32::try_from(seed % 10).expect("a digit"), 0);
    let vault = Vault::new([7; 32], random.clone());
    let blobs = Blobs::folder(&files).expect("a folder for files");
    let store: Arc<dyn Store> = store.clone();
    let app = App::new(store, clock.clone(), ids, random, vault, blobs, policy());
    app.set_rules(rules());
    app
}

/// A demand in the east, by telephone.
pub fn draft() -> CaseDraft {
    CaseDraft {
        case_type: "complaint".to_owned(),
        demand: "trouble".to_owned(),
        channel: "telephone".to_owned(),
        matter: None,
        title: None,
        text: "井边三号门前路面塌陷".to_owned(),
        place: Some("井边三号门前".to_owned()),
        position: None,
        area: Some(code(MILL)),
        reporter: None,
        evidence: Vec::new(),
        answer: None,
        confidential: false,
    }
}

/// Rules made by hand: one kind of case, one workflow, no clocks.
pub fn rules() -> Rules {
    let model = Arc::new(model());
    let of = DistrictRules {
        model: model.clone(),
        directory: Arc::new(Directory::new(Vec::new())),
    };
    let city = DistrictId(990_100);
    Rules {
        tree: Arc::new(tree()),
        models: BTreeMap::from([(city, model)]),
        districts: BTreeMap::from([(city, of)]),
        ..Rules::none()
    }
}

fn tree() -> UnitTree {
    use UnitKind::{City, Department, District, Subdistrict};
    let unit = |code_text: &str, kind, parent: Option<&str>| Unit {
        code: code(code_text),
        kind,
        title: title(code_text),
        parent: parent.map(code),
        function: code_text.split_once('-').map(|(_, name)| name.to_owned()),
        valid_from: "2020-01-01".parse().expect("a date"),
        valid_to: None,
        successors: Vec::new(),
    };
    UnitTree::new([
        unit(CITY, City, None),
        unit(EAST, District, Some(CITY)),
        unit(EAST_DESK, Department, Some(EAST)),
        unit(EAST_ROADS, Department, Some(EAST)),
        unit(MILL, Subdistrict, Some(EAST)),
        unit(WEST, District, Some(CITY)),
        unit(WEST_DESK, Department, Some(WEST)),
        unit(WEST_ROADS, Department, Some(WEST)),
    ])
}

fn title(name: &str) -> Title {
    Title::new(format!("《{name}》"), name)
}

fn named<T>(values: impl IntoIterator<Item = T>, name: impl Fn(&T) -> &str) -> BTreeMap<String, T> {
    values
        .into_iter()
        .map(|value| (name(&value).to_owned(), value))
        .collect()
}

fn model() -> Model {
    let day_off = CalendarDay {
        date: "2024-05-01".parse().expect("a date"),
        is_off_day: true,
        name: "劳动节".to_owned(),
    };
    let table = YearTable {
        year: 2024,
        days: vec![day_off],
    };
    let hours = ["09:00-12:00", "14:00-18:00"].map(|text| text.parse().expect("an interval"));
    let case_type = CaseType {
        name: "complaint".to_owned(),
        title: title("complaint"),
        workflow: "loop".to_owned(),
        clocks: Vec::new(),
        default_limit: "week".to_owned(),
        reopen_within: None,
        reopen_at_most: 0,
    };
    let limit = LimitClass {
        name: "week".to_owned(),
        title: title("week"),
        duration: "5 workdays".parse().expect("a limit"),
    };
    let channel = |name: &str, public| Channel {
        name: name.to_owned(),
        title: title(name),
        public,
    };
    let evidence = |name: &str, media: &[&str]| EvidenceKind {
        name: name.to_owned(),
        title: title(name),
        media: media.iter().map(|&media| media.to_owned()).collect(),
    };
    let demand = Demand {
        name: "trouble".to_owned(),
        title: title("trouble"),
        answerable_at_intake: false,
        counts_in_rates: true,
    };
    let outcome = Outcome {
        name: "repaired".to_owned(),
        title: title("repaired"),
        solved: true,
    };
    Model {
        version: "0".repeat(64),
        packs: Vec::new(),
        work_time: WorkTime {
            calendar: WorkCalendar::from_tables(&[table]).expect("a sound table"),
            hours: WorkHours::new(hours.to_vec()).expect("in order"),
            offset: Offset::constant(8),
        },
        case_types: named([case_type], |case_type| &case_type.name),
        workflows: named([workflow()], |workflow| &workflow.name),
        limits: named([limit], |limit| &limit.name),
        ladders: BTreeMap::new(),
        demands: named([demand], |demand| &demand.name),
        channels: named([channel("telephone", false), channel("web", true)], |channel| {
            &channel.name
        }),
        outcomes: named([outcome], |outcome| &outcome.name),
        evidence: named(
            [
                evidence("photo", &["image/*"]),
                evidence("paper", &["application/pdf", "text/plain"]),
            ],
            |evidence| &evidence.name,
        ),
        requests: BTreeMap::new(),
        figures: quanyu_domain::model::Figures::default(),
        parameters: BTreeMap::new(),
    }
}

fn workflow() -> Workflow {
    let state = |name: &str, phase| State {
        name: name.to_owned(),
        title: title(name),
        phase,
    };
    let step = |name: &str, act, from: &[&str], to: &str, by: Role| Step {
        name: name.to_owned(),
        title: title(name),
        act,
        from: from.iter().map(|&state| state.to_owned()).collect(),
        to: Some(to.to_owned()),
        by: vec![Performer::Role(by)],
        needs: Vec::new(),
        when: None,
    };
    Workflow {
        name: "loop".to_owned(),
        title: title("loop"),
        start: "received".to_owned(),
        returned: "at_desk".to_owned(),
        merged: "done".to_owned(),
        reopened: "in_work".to_owned(),
        states: named(
            [
                state("received", Phase::Intake),
                state("at_desk", Phase::Dispatch),
                state("sent", Phase::Handling),
                state("in_work", Phase::Handling),
                state("checking", Phase::Verification),
                state("done", Phase::Closed),
            ],
            |state| &state.name,
        ),
        steps: vec![
            step(
                "dispatch",
                Act::Dispatch,
                &["received", "at_desk"],
                "sent",
                Role::Dispatcher,
            ),
            step("accept", Act::Accept, &["sent"], "in_work", Role::Handler),
            step("hand_in", Act::HandIn, &["in_work"], "checking", Role::Handler),
            step("pass", Act::Pass, &["checking"], "done", Role::Verifier),
        ],
    }
}
