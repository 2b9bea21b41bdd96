//! The form of `life.toml`.

use std::collections::BTreeMap;

use quanyu_domain::model::RequestKind;
use serde::Deserialize;

/// The file of a pack.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PackFile {
    /// Weights of the 24 hours of a day, by name.
    pub hours: BTreeMap<String, Vec<f64>>,
    /// Weights of the twelve months, by name.
    pub months: BTreeMap<String, Vec<f64>>,
    /// Streams of cases.
    pub stream: Vec<StreamTable>,
    /// Days on which some matters surge.
    pub storm: Vec<StormTable>,
    /// Words by matter.
    pub text: Vec<TextTable>,
    /// What fills the gaps of texts.
    pub fragments: BTreeMap<String, Vec<String>>,
    /// How staff work; one pack says it for all.
    pub staff: Option<StaffTable>,
}

/// The file of a place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceFile {
    /// Districts by the six digits of their codes.
    pub district: BTreeMap<String, DistrictTable>,
}

/// A district.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DistrictTable {
    /// How many people live there: cases come in proportion.
    pub people: f64,
    /// How well things go there.
    pub quality: Quality,
}

/// How well things go in a district: shares of 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quality {
    /// Results handed in after the limit.
    pub late: f64,
    /// People who say that somebody was in touch.
    pub responded: f64,
    /// People who say that it is solved.
    pub solved: f64,
    /// People who are content.
    pub satisfied: f64,
    /// People who are more or less content.
    pub basically_satisfied: f64,
}

impl Quality {
    pub fn check(&self) -> Result<(), String> {
        let shares = [
            self.late,
            self.responded,
            self.solved,
            self.satisfied,
            self.basically_satisfied,
        ];
        let content = self.satisfied + self.basically_satisfied;
        if shares.iter().all(|share| (0.0..=1.0).contains(share)) && content <= 1.0 {
            return Ok(());
        }
        Err(
            "the shares of `quality` lie between 0 and 1, and `satisfied` and `basically_satisfied` make at most 1"
                .into(),
        )
    }
}

/// A stream of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StreamTable {
    /// The kind of case.
    pub case: String,
    /// Cases that come in a year for each 1,000 people.
    pub per_thousand: f64,
    /// Weights of Monday to Sunday; a working day's on a weekend that is made up, Sunday's on a holiday.
    pub weekdays: [f64; 7],
    /// The name of its hours.
    pub hours: String,
    /// The name of its months.
    pub months: String,
    /// Cases of a year for each of the year before.
    #[serde(default = "one")]
    pub year_on_year: f64,
    /// Channels, and who files through them.
    pub channels: Vec<ChannelTable>,
    /// Weights of the demand types.
    pub demands: BTreeMap<String, f64>,
    /// Share with a point on the map; the others are described in words.
    pub point: f64,
    /// Share that names no place but the district.
    pub nowhere: f64,
    /// Share of reporters who stay anonymous.
    pub anonymous: f64,
    /// Share of answerable demands that are answered when they come in.
    pub answered: f64,
    /// The outcome of such an answer.
    pub answer_outcome: String,
    /// Evidence that comes along with a case that is answered when it comes in, and with a share of the others.
    #[serde(default)]
    pub photo: Option<PhotoTable>,
    /// Share whose matter is known when they come in; the dispatcher finds the others'.
    pub matter_known: f64,
    /// Share that tells what an open case nearby has told already.
    pub duplicates: f64,
    /// Titles.
    pub titles: Vec<String>,
    /// What it is about.
    pub matters: Vec<MatterTable>,
}

/// Evidence that comes along.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhotoTable {
    /// The kind of evidence.
    pub evidence: String,
    /// The share of cases that bring it.
    pub share: f64,
}

/// A channel of a stream.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelTable {
    /// Its name.
    pub name: String,
    /// Its weight.
    pub weight: f64,
    /// Who files: `reporter`, or a role.
    pub by: String,
}

/// A part of the tree of matters within a stream.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MatterTable {
    /// Code of the matter; leaves below it are drawn.
    pub code: String,
    /// Its weight.
    pub weight: f64,
    /// Instead of the stream's.
    #[serde(default)]
    pub hours: Option<String>,
    /// Instead of the stream's.
    #[serde(default)]
    pub months: Option<String>,
    /// Instead of the stream's.
    #[serde(default)]
    pub year_on_year: Option<f64>,
    /// Instead of the stream's.
    #[serde(default)]
    pub demands: Option<BTreeMap<String, f64>>,
    /// Instead of the stream's.
    #[serde(default)]
    pub point: Option<f64>,
    /// Instead of the stream's.
    #[serde(default)]
    pub anonymous: Option<f64>,
}

/// Days on which some matters surge.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StormTable {
    /// First day, `07-21`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// The year; without it every year.
    #[serde(default)]
    pub year: Option<i16>,
    /// Times as many, by code of matter.
    pub surge: BTreeMap<String, f64>,
}

/// Words about some matters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextTable {
    /// Codes of matters; the words hold below them. Empty: where nothing nearer is found.
    pub matters: Vec<String>,
    /// The demand types for which they are; empty: all.
    #[serde(default)]
    pub demands: Vec<String>,
    /// The months in which people talk so; empty: all.
    #[serde(default)]
    pub months: Vec<u8>,
    /// How a text begins. May be empty where the words are about replies alone.
    pub forms: Vec<String>,
    /// Further sentences.
    #[serde(default)]
    pub details: Vec<String>,
    /// Replies when it is solved or answered; without them the staff's usual words.
    #[serde(default)]
    pub replies: Vec<String>,
}

/// How staff work.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffTable {
    /// From and to which hour desks send out, verify and call back.
    pub desk_hours: [i8; 2],
    /// How long texts are.
    pub length: LengthTable,
    /// How long things take.
    pub delay: Delays,
    /// The part of the limit that handling takes.
    pub handling: HandlingTable,
    /// How often things happen.
    pub chance: Chances,
    /// What is asked for.
    pub request: BTreeMap<RequestKind, RequestTable>,
    /// Outcomes, with weights, where it is solved and where it is not.
    pub outcomes: OutcomesTable,
    /// The words of staff and reporters.
    pub words: NotesTable,
}

/// How long things take.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delays {
    /// Filing or sending out.
    pub dispatch: Delay,
    /// Accepting.
    pub accept: Delay,
    /// Speaking to the reporter, after accepting.
    pub contact: Delay,
    /// Verifying.
    pub verify: Delay,
    /// Calling back.
    pub call_back: Delay,
    /// Calling once more where nobody answered.
    pub call_again: Delay,
    /// Deciding a request.
    pub decide: Delay,
    /// Pressing, after an escalation.
    pub urge: Delay,
    /// The reporter's own acts: rating, reopening.
    pub reporter: Delay,
}

/// How often things happen.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chances {
    /// A case is turned away.
    pub reject: f64,
    /// The dispatcher finds the point of a case that came in words.
    pub located: f64,
    /// A result is sent back by the verifier.
    pub rework: f64,
    /// Somebody answers a call-back.
    pub reached: f64,
    /// The reporter rates before the call.
    pub rate: f64,
    /// The reporter rates after the end.
    pub rate_afterwards: f64,
    /// A case of which the reporter says that it is not solved is sent back by the clerk.
    pub rework_after_call: f64,
    /// It is closed all the same, and the reporter opens it again.
    pub reopen: f64,
    /// Somebody presses after an escalation that supervisors were told of.
    pub urge: f64,
}

/// What is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestTable {
    /// The share of cases for which it is asked, among those where it makes sense.
    pub asked: f64,
    /// The share that is granted.
    pub granted: f64,
    /// Why.
    pub reasons: Vec<String>,
}

/// The words of staff and reporters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotesTable {
    /// The dispatcher to the units.
    pub dispatch: Vec<String>,
    /// Why a case is turned away.
    pub reject: Vec<String>,
    /// What came of speaking to the reporter.
    pub contact: Vec<String>,
    /// The reply where it is solved.
    pub solved: Vec<String>,
    /// The reply where it is not.
    pub not_solved: Vec<String>,
    /// The reply of an assisting unit.
    pub assisted: Vec<String>,
    /// Why a result is sent back.
    pub rework: Vec<String>,
    /// Why the reporter opens it again.
    pub reopen: Vec<String>,
    /// How a supervisor presses.
    pub urge: Vec<String>,
    /// Why a request is granted.
    pub granted: Vec<String>,
    /// Why it is refused.
    pub refused: Vec<String>,
    /// What somebody says who tells what an open case nearby has told.
    pub again: Vec<String>,
    /// How a place is told, by the kind of place: what is written where the map is not used. `area` is for a place
    /// without a name, `place` for kinds that are not listed.
    pub spots: BTreeMap<String, Vec<String>>,
    /// Full names.
    pub names: Vec<String>,
    /// How a person is called: what follows the family name.
    pub called: Vec<String>,
}

/// How long texts are.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LengthTable {
    /// Half of them are shorter, in characters.
    pub median: f64,
    /// Deviation of the logarithm.
    pub spread: f64,
    /// None is longer.
    pub most: usize,
}

/// The part of the limit that handling takes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandlingTable {
    /// Half of the results are handed in earlier.
    pub median: f64,
    /// Deviation of the logarithm.
    pub spread: f64,
    /// Where it is late: up to so many limits.
    pub late_up_to: f64,
}

/// Outcomes with their weights.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutcomesTable {
    /// Where it is solved.
    pub solved: BTreeMap<String, f64>,
    /// Where it is not.
    pub not_solved: BTreeMap<String, f64>,
}

/// How long something takes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delay {
    /// Half of it is quicker, in minutes.
    pub minutes: f64,
    /// Deviation of the logarithm.
    pub spread: f64,
    /// Which time counts.
    pub pace: Pace,
}

/// Which time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pace {
    /// Day and night.
    Always,
    /// The hours of desks, every day.
    Desk,
    /// Working hours of the place.
    Work,
}

fn one() -> f64 {
    1.0
}
