//! Texts with gaps: `{place}门口的路灯坏了{2..9}天` and what fills the gaps.
//!
//! A gap is a number in a range, something of the scene (where, who, when, what about), or the name of a list of
//! fragments, one of which is put in and may have gaps itself. All is checked when it is read: a gap that nothing fills
//! and fragments that go in circles are refused with the text in which they stand.

use std::collections::BTreeMap;

use crate::dice::Dice;

/// What is known about the case that somebody talks about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scene {
    /// The place, as people call it.
    pub place: String,
    /// The community or other area around it.
    pub area: String,
    /// What it is about: the name of the matter.
    pub matter: String,
    /// The local day, `7月21日`.
    pub day: String,
    /// Who reports, `王女士`.
    pub person: String,
    /// The unit that speaks.
    pub unit: String,
}

/// The gaps that the scene fills.
const SCENE: [&str; 6] = ["place", "area", "matter", "day", "person", "unit"];

/// A text with gaps, checked.
#[derive(Debug, Clone)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Words(String),
    Number(u32, u32),
    Scene(&'static str),
    Fragment(usize),
}

/// Lists of fragments by name, checked.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    names: Vec<String>,
    lists: Vec<Vec<Template>>,
}

impl Fragments {
    /// From the lists as they are written.
    pub fn read(lists: &BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        let mut fragments = Self {
            names: lists.keys().cloned().collect(),
            lists: Vec::new(),
        };
        for (name, texts) in lists {
            if SCENE.contains(&name.as_str()) {
                return Err(format!(
                    "`{name}` is a gap of its own and cannot name a list of fragments"
                ));
            }
            if texts.is_empty() {
                return Err(format!("the list of fragments `{name}` is empty"));
            }
            let read = texts
                .iter()
                .map(|text| fragments.template(text))
                .collect::<Result<_, _>>()?;
            fragments.lists.push(read);
        }
        for start in 0..fragments.lists.len() {
            if fragments.reaches(start, start, 0) {
                return Err(format!(
                    "the fragments of `{}` lead back to themselves",
                    fragments.names[start]
                ));
            }
        }
        Ok(fragments)
    }

    /// Reads a text with gaps.
    pub fn template(&self, text: &str) -> Result<Template, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((words, after)) = rest.split_once('{') {
            let (gap, after) = after
                .split_once('}')
                .ok_or_else(|| format!("`{text}` has a `{{` without its `}}`"))?;
            if !words.is_empty() {
                pieces.push(Piece::Words(words.to_owned()));
            }
            pieces.push(self.gap(gap).ok_or_else(|| {
                let lists = self.names.join(", ");
                let scene = SCENE.join(", ");
                format!("nothing fills `{{{gap}}}` in `{text}`: write a range such as 2..9, one of {scene}, or one of {lists}")
            })?);
            rest = after;
        }
        if rest.contains('}') {
            return Err(format!("`{text}` has a `}}` without its `{{`"));
        }
        if !rest.is_empty() {
            pieces.push(Piece::Words(rest.to_owned()));
        }
        Ok(Template(pieces))
    }

    /// Reads several.
    pub fn templates(&self, texts: &[String]) -> Result<Vec<Template>, String> {
        texts.iter().map(|text| self.template(text)).collect()
    }

    fn gap(&self, gap: &str) -> Option<Piece> {
        if let Some((low, high)) = gap.split_once("..") {
            let (low, high): (u32, u32) = (low.parse().ok()?, high.parse().ok()?);
            return (low <= high).then_some(Piece::Number(low, high));
        }
        if let Some(known) = SCENE.into_iter().find(|known| *known == gap) {
            return Some(Piece::Scene(known));
        }
        self.names.iter().position(|name| name == gap).map(Piece::Fragment)
    }

    /// Whether the list `to` can be put into a gap of the list `from`.
    fn reaches(&self, from: usize, to: usize, depth: usize) -> bool {
        let inside = self.lists[from].iter().flat_map(|template| &template.0);
        inside
            .filter_map(|piece| {
                if let Piece::Fragment(at) = piece {
                    Some(*at)
                } else {
                    None
                }
            })
            .any(|next| {
                // A way longer than the number of lists has been somewhere twice.
                next == to || depth > self.lists.len() || self.reaches(next, to, depth + 1)
            })
    }

    /// Fills the gaps.
    pub fn fill(&self, template: &Template, scene: &Scene, dice: &mut Dice) -> String {
        let mut text = String::new();
        self.fill_into(template, scene, dice, &mut text);
        text
    }

    fn fill_into(&self, template: &Template, scene: &Scene, dice: &mut Dice, text: &mut String) {
        for piece in &template.0 {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Number(low, high) => {
                    let number = u64::from(*low) + dice.below((high - low) as usize + 1) as u64;
                    text.push_str(&number.to_string());
                }
                Piece::Scene(which) => text.push_str(scene.of(which)),
                Piece::Fragment(list) => {
                    if let Some(fragment) = dice.pick(&self.lists[*list]) {
                        self.fill_into(fragment, scene, dice, text);
                    }
                }
            }
        }
    }
}

impl Scene {
    fn of(&self, gap: &str) -> &str {
        match gap {
            "place" => &self.place,
            "area" => &self.area,
            "matter" => &self.matter,
            "day" => &self.day,
            "person" => &self.person,
            _ => &self.unit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lists: &[(&str, &[&str])]) -> Result<Fragments, String> {
        let owned = lists
            .iter()
            .map(|(name, texts)| ((*name).to_owned(), texts.iter().map(|t| (*t).to_owned()).collect()));
        Fragments::read(&owned.collect())
    }

    #[test]
    fn gaps_are_filled_and_the_same_dice_give_the_same_text() {
        let fragments = read(&[("ago", &["{2..9}天前", "上周"]), ("broken", &["坏了", "{ago}就坏了"])]).unwrap();
        let template = fragments.template("{place}的路灯{broken}。").unwrap();
        let scene = Scene {
            place: "柳树巷".into(),
            ..Scene::default()
        };
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let text = fragments.fill(&template, &scene, &mut Dice::of(&[seed]));
            assert_eq!(text, fragments.fill(&template, &scene, &mut Dice::of(&[seed])));
            assert!(text.starts_with("柳树巷的路灯") && !text.contains('{'), "{text}");
            seen.insert(text);
        }
        assert!(seen.len() > 5, "{seen:?}");
    }

    #[test]
    fn what_nothing_fills_and_circles_are_refused() {
        let fragments = read(&[("ago", &["上周"])]).unwrap();
        for wrong in ["{nobody}", "{9..2}", "{place", "place}", "{2..x}"] {
            assert!(fragments.template(wrong).is_err(), "{wrong}");
        }
        assert!(
            read(&[("a", &["{b}"]), ("b", &["{a}"])])
                .unwrap_err()
                .contains("lead back")
        );
        assert!(read(&[("a", &["{a}"])]).is_err());
        assert!(read(&[("a", &[])]).is_err());
        assert!(read(&[("place", &["x"])]).is_err());
    }
}
