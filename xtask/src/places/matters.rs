//! The tree of matters (五级事项): classes written by hand, into which the component and event classes of urban management
//! (部件、事件) and their filing rules (立案规则) are hung as the fourth and fifth levels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::table::{self, Result};

/// Where the limits and units of the hand-written classes come from.
const HAND_BASIS: &str = "四类处置时限（1/3/7/11日）；责任单位按部门通常职责拟定，可修改";

/// The scheme under whose numbers the filing rules are kept.
const RULES_SCHEME: &str = "GB/T 30428.2-2013";

/// The hand-written tables, one for each class of the first level.
const HAND_TABLES: [&str; 20] = [
    "01-urban-management",
    "02-housing",
    "03-transport",
    "04-utilities",
    "05-ecology",
    "06-market",
    "07-labour",
    "08-education",
    "09-health",
    "10-civil-affairs",
    "11-safety",
    "12-culture-tourism",
    "13-agriculture-water",
    "14-government",
    "15-emergencies",
    "16-land-construction",
    "17-police",
    "18-justice",
    "19-economy",
    "20-special-support",
];

/// A row of `matters.csv`.
#[derive(Debug, Serialize)]
pub struct MatterRow<'a> {
    code: &'a str,
    level: usize,
    parent: &'a str,
    zh: &'a str,
    en: &'a str,
    pub demand: &'a str,
    keywords: &'a str,
    filing: &'a str,
    closing: &'a str,
}

/// A row of `urban-management-classes.csv`: which matter a class of a national standard is.
#[derive(Debug, Serialize)]
pub struct ClassRow {
    scheme: String,
    kind: String,
    major: String,
    minor: String,
    name: String,
    matter: String,
}

/// A matter, with what the directory says of it where it says something of its own.
#[derive(Debug, Clone, Default)]
pub struct Matter {
    pub zh: String,
    pub en: String,
    demand: String,
    keywords: String,
    filing: String,
    closing: String,
    lead: String,
    /// Means nothing without a lead of its own or inherited.
    assist: String,
    limit: String,
    pub basis: String,
}

/// Who handles a matter and in what class of limit, after inheritance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handling {
    pub lead: String,
    pub assist: String,
    pub limit: String,
}

/// All matters by code, and the crosswalk of the standards' classes.
#[derive(Debug)]
pub struct Tree {
    pub matters: BTreeMap<String, Matter>,
    pub classes: Vec<ClassRow>,
}

#[derive(Deserialize)]
struct Hand {
    code: String,
    zh: String,
    en: String,
    demand: String,
    keywords: String,
    lead: String,
    assist: String,
    limit: String,
}

#[derive(Deserialize)]
struct Category {
    scheme: String,
    kind: String,
    major: String,
    minor: String,
    name: String,
}

#[derive(Deserialize)]
struct Crosswalk {
    scheme: String,
    kind: String,
    major: String,
    minor: String,
    name: String,
    /// The matter that this class is.
    matter: String,
    /// Given where this row makes the matter; blank where it joins one that exists.
    title: String,
    lead: String,
    assist: String,
    keywords: String,
}

#[derive(Deserialize)]
struct FilingRule {
    kind: String,
    major: String,
    minor: String,
    filing_condition: String,
    closing_condition: String,
    time_limit: String,
}

#[derive(Deserialize)]
struct FilingTitle {
    filing_condition: String,
    title: String,
}

/// Reads the sources and puts the tree together.
pub fn tree(root: &Path) -> Result<Tree> {
    let source = |name: &str| format!("places/6301/source/{name}.csv");
    let mut tree = Tree {
        matters: BTreeMap::new(),
        classes: Vec::new(),
    };
    for name in HAND_TABLES {
        for row in table::read::<Hand>(root, &source(&format!("matters/{name}")))? {
            tree.add_hand(row)?;
        }
    }
    let categories: Vec<Category> = table::read(root, &source("urban-management-categories"))?;
    let crosswalk: Vec<Crosswalk> = table::read(root, &source("urban-management-crosswalk"))?;
    check_crosswalk(&categories, &crosswalk)?;
    for class in crosswalk.iter().filter(|class| !class.title.is_empty()) {
        tree.add_class(class)?;
    }
    for class in &crosswalk {
        tree.join_class(class)?;
    }
    let titles: BTreeMap<String, String> = table::read::<FilingTitle>(root, &source("filing-titles"))?
        .into_iter()
        .map(|row| (row.filing_condition, row.title))
        .collect();
    let rules: Vec<FilingRule> = table::read(root, &source("urban-management-filing-rules"))?;
    for rule in &rules {
        tree.add_rule(rule, &crosswalk, &titles)?;
    }
    Ok(tree)
}

/// Every class of the standards has its place in the tree, under its own name.
fn check_crosswalk(categories: &[Category], crosswalk: &[Crosswalk]) -> Result<()> {
    let known: BTreeSet<_> = categories
        .iter()
        .map(|c| (&c.scheme, &c.kind, &c.major, &c.minor, &c.name))
        .collect();
    let placed: BTreeSet<_> = crosswalk
        .iter()
        .map(|c| (&c.scheme, &c.kind, &c.major, &c.minor, &c.name))
        .collect();
    match known.symmetric_difference(&placed).next() {
        Some(class) => Err(format!(
            "urban-management-crosswalk.csv and the categories differ in {class:?}"
        )),
        None if placed.len() == crosswalk.len() => Ok(()),
        None => Err("urban-management-crosswalk.csv names a class twice".to_owned()),
    }
}

impl Tree {
    fn add(&mut self, code: &str, matter: Matter) -> Result<()> {
        match self.matters.insert(code.to_owned(), matter) {
            None => Ok(()),
            Some(before) => Err(format!("matter {code} is given twice, one of them {}", before.zh)),
        }
    }

    fn add_hand(&mut self, row: Hand) -> Result<()> {
        let Hand {
            code,
            zh,
            en,
            demand,
            keywords,
            lead,
            assist,
            limit,
        } = row;
        let basis = HAND_BASIS.to_owned();
        self.add(
            &code,
            Matter {
                zh,
                en,
                demand,
                keywords,
                lead,
                assist,
                limit,
                basis,
                ..Matter::default()
            },
        )
    }

    fn add_class(&mut self, class: &Crosswalk) -> Result<()> {
        let matter = Matter {
            zh: class.title.clone(),
            keywords: class.keywords.clone(),
            lead: class.lead.clone(),
            assist: class.assist.clone(),
            basis: format!("{} {}类；责任单位按部门通常职责拟定，可修改", class.scheme, class.name),
            ..Matter::default()
        };
        self.add(&class.matter, matter)
    }

    /// A class that joins a matter under another name gives its name as a keyword.
    fn join_class(&mut self, class: &Crosswalk) -> Result<()> {
        let matter = self
            .matters
            .get_mut(&class.matter)
            .ok_or_else(|| format!("urban-management-crosswalk.csv: there is no matter {}", class.matter))?;
        let name = class.name.replace(char::is_whitespace, "");
        let word_known = matter.keywords.split(' ').any(|word| word == name);
        if name != matter.zh && !word_known {
            matter.keywords = format!("{} {name}", matter.keywords).trim_start().to_owned();
        }
        self.classes.push(ClassRow {
            scheme: class.scheme.clone(),
            kind: class.kind.clone(),
            major: class.major.clone(),
            minor: class.minor.clone(),
            name: class.name.clone(),
            matter: class.matter.clone(),
        });
        Ok(())
    }

    fn add_rule(
        &mut self,
        rule: &FilingRule,
        crosswalk: &[Crosswalk],
        titles: &BTreeMap<String, String>,
    ) -> Result<()> {
        let of_rule = |class: &&Crosswalk| {
            class.scheme == RULES_SCHEME
                && class.kind == rule.kind
                && class.major == rule.major
                && class.minor == rule.minor
        };
        let class = crosswalk.iter().find(of_rule).ok_or_else(|| {
            format!(
                "a filing rule for an unknown class {} {} {}",
                rule.kind, rule.major, rule.minor
            )
        })?;
        let parent = class.matter.as_str();
        let parent_zh = self
            .matters
            .get(parent)
            .map(|matter| matter.zh.clone())
            .unwrap_or_default();
        let filing = tidy(&rule.filing_condition);
        // Two classes that are one matter here bring the same rule twice.
        if self.below(parent).any(|matter| matter.filing == filing) {
            return Ok(());
        }
        let code = format!("{parent}{:02}", self.below(parent).count() + 1);
        let short = titles.get(&rule.filing_condition).cloned().unwrap_or_else(|| {
            // The class already stands before the colon.
            let rest = filing.strip_prefix(&class.name).unwrap_or(&filing);
            rest.trim_start_matches(['，', '、']).trim_end_matches('的').to_owned()
        });
        let matter = Matter {
            zh: format!("{parent_zh}：{short}"),
            filing,
            closing: tidy(&rule.closing_condition),
            limit: limit_class(&rule.time_limit)?.to_owned(),
            basis: format!(
                "运城市城市管理立案结案规则：{}类，原时限{}",
                class.name, rule.time_limit
            ),
            ..Matter::default()
        };
        self.add(&code, matter)
    }

    /// The matters directly below one.
    fn below<'t>(&'t self, code: &'t str) -> impl Iterator<Item = &'t Matter> {
        let following = self
            .matters
            .range(code.to_owned()..)
            .take_while(move |(key, _)| key.starts_with(code));
        following
            .filter(move |(key, _)| key.len() == code.len() + 2)
            .map(|(_, matter)| matter)
    }

    /// The rows of `matters.csv`; demand types are inherited where a matter has none of its own.
    pub fn rows(&self) -> Vec<MatterRow<'_>> {
        let mut rows = Vec::with_capacity(self.matters.len());
        for (code, matter) in &self.matters {
            let demand = self
                .line(code)
                .map(|above| above.demand.as_str())
                .find(|demand| !demand.is_empty());
            rows.push(MatterRow {
                code,
                level: code.len() / 2,
                parent: &code[..code.len() - 2],
                zh: &matter.zh,
                en: &matter.en,
                demand: demand.unwrap_or_default(),
                keywords: &matter.keywords,
                filing: &matter.filing,
                closing: &matter.closing,
            });
        }
        rows
    }

    /// Who handles a matter: lead with its assisting units, and limit, each from the nearest matter that says it.
    pub fn handling(&self, code: &str) -> Result<Handling> {
        let missing = |what: &str| format!("matter {code} has no {what}, nor has any above it");
        let lead = self
            .line(code)
            .find(|matter| !matter.lead.is_empty())
            .ok_or_else(|| missing("lead"))?;
        // Assisting units belong to a lead; a matter may change them and keep the lead.
        let said = self
            .line(code)
            .find(|matter| !matter.lead.is_empty() || !matter.assist.is_empty());
        let limit = self
            .line(code)
            .find(|matter| !matter.limit.is_empty())
            .ok_or_else(|| missing("limit"))?;
        Ok(Handling {
            lead: lead.lead.clone(),
            assist: said.map(|matter| matter.assist.clone()).unwrap_or_default(),
            limit: limit.limit.clone(),
        })
    }

    /// The matter and those above it, from itself upwards.
    fn line<'t>(&'t self, code: &'t str) -> impl Iterator<Item = &'t Matter> {
        (1..=code.len() / 2)
            .rev()
            .filter_map(move |level| self.matters.get(&code[..level * 2]))
    }
}

/// Corrects slips of the source: a stray mark or space, a half-width one, the typist's way of writing cm².
fn tidy(text: &str) -> String {
    let slips = [
        ("c㎡", "cm²"),
        (",", "，"),
        ("(", "（"),
        (")", "）"),
        ("， ", "，"),
        ("、 ", "、"),
    ];
    let text = slips
        .iter()
        .fold(text.to_owned(), |text, (slip, right)| text.replace(slip, right));
    text.trim().trim_end_matches(['、', '。', '，']).to_owned()
}

/// The place's class for a limit of the filing rules. Hours on end (紧急工作时) are urgent; the rest goes to the next of
/// the classes of 1, 3, 7 and 11 days that is not shorter, and 15 days to the longest.
fn limit_class(limit: &str) -> Result<&'static str> {
    let digits = limit.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = limit.split_at(digits);
    let unknown = || format!("`{limit}` is no limit that the filing rules use");
    let number: u32 = number.parse().map_err(|_| unknown())?;
    match (number, unit) {
        (_, "紧急工作时" | "紧急工作时制止") => Ok("urgent"),
        (_, "小时") | (1, "天" | "紧急工作日") => Ok("class_a"),
        (2, "紧急工作日") => Ok("class_a"),
        (2..=3, "天") => Ok("class_b"),
        (4..=7, "天") => Ok("class_c"),
        (8.., "天") => Ok("class_d"),
        _ => Err(unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matter(lead: &str, assist: &str, limit: &str) -> Matter {
        Matter {
            lead: lead.into(),
            assist: assist.into(),
            limit: limit.into(),
            ..Matter::default()
        }
    }

    #[test]
    fn handling_is_inherited() {
        let matters = [
            ("01", matter("a", "b", "class_c")),
            ("0101", matter("", "c", "")),
            ("010101", matter("d", "", "class_a")),
            ("01010101", matter("", "", "urgent")),
        ];
        let matters = matters.map(|(code, matter)| (code.to_owned(), matter)).into();
        let tree = Tree {
            matters,
            classes: Vec::new(),
        };
        let handling = |code| {
            let Handling { lead, assist, limit } = tree.handling(code).unwrap();
            [lead, assist, limit].join(" ")
        };
        assert_eq!(handling("01"), "a b class_c");
        assert_eq!(handling("0101"), "a c class_c");
        assert_eq!(handling("010101"), "d  class_a");
        assert_eq!(handling("01010101"), "d  urgent");
        assert!(tree.handling("02").is_err());
    }

    #[test]
    fn limits_of_the_rules_become_classes() {
        for (limit, class) in [
            ("2紧急工作时", "urgent"),
            ("4小时", "class_a"),
            ("1天", "class_a"),
            ("2天", "class_b"),
            ("3天", "class_b"),
            ("5天", "class_c"),
            ("7天", "class_c"),
            ("10天", "class_d"),
            ("15天", "class_d"),
        ] {
            assert_eq!(limit_class(limit), Ok(class), "{limit}");
        }
        assert!(limit_class("两天").is_err());
    }

    #[test]
    fn slips_of_the_source_are_corrected() {
        assert_eq!(tidy("漏水、"), "漏水");
        assert_eq!(tidy("破损超过25c㎡"), "破损超过25cm²");
        assert_eq!(tidy("拆除、 恢复路面"), "拆除、恢复路面");
    }
}
