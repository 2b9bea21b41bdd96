//! The gazetteer (地名库): places by words, aliases and pinyin initials.

use pinyin::ToPinyin;
use quanyu_domain::cases::Position;
use quanyu_domain::units::UnitCode;
use serde::Serialize;

/// A named place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedPlace {
    /// Its name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// road, compound, place …
    pub kind: String,
    /// Where it is.
    pub position: Position,
    /// The area in which it lies, where that is known.
    pub area: Option<UnitCode>,
}

/// Named places, ready to be searched as somebody types.
#[derive(Debug, Default)]
pub struct Gazetteer {
    places: Vec<NamedPlace>,
    keys: Vec<Keys>,
}

/// What a place is found by.
#[derive(Debug)]
struct Keys {
    /// Name and aliases, lower case.
    names: Vec<String>,
    /// The pinyin initials of each: 五四大街 → `wsdj`.
    initials: Vec<String>,
    /// The full pinyin of each: `wusidajie`.
    full: Vec<String>,
}

/// Longest text that is searched for, in characters.
const MAX_QUERY: usize = 50;

impl Gazetteer {
    /// From its places.
    pub fn new(places: Vec<NamedPlace>) -> Self {
        let keys = places
            .iter()
            .map(|place| {
                let names: Vec<String> = std::iter::once(&place.name)
                    .chain(&place.aliases)
                    .map(|n| n.to_lowercase())
                    .collect();
                let initials = names.iter().map(|name| spell(name, |p| p.first_letter())).collect();
                let full = names.iter().map(|name| spell(name, |p| p.plain())).collect();
                Keys { names, initials, full }
            })
            .collect();
        Self { places, keys }
    }

    /// All places, in the order in which they were given.
    pub fn places(&self) -> &[NamedPlace] {
        &self.places
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The places that a text may mean, best first: the same name, a name that begins with it, a name that holds it or
    /// is held by it (the words of a caller: 五四大街 32 号门口), then pinyin. With `within`, only places in that area.
    ///
    /// Looks at every place; a district has some thousands, which takes well under a millisecond.
    pub fn search(&self, text: &str, at_most: usize, within: impl Fn(&UnitCode) -> bool) -> Vec<&NamedPlace> {
        let text: String = text.trim().to_lowercase().chars().take(MAX_QUERY).collect();
        if text.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(u8, usize, &NamedPlace)> = self
            .places
            .iter()
            .zip(&self.keys)
            .filter(|(place, _)| place.area.as_ref().is_none_or(&within))
            .filter_map(|(place, keys)| Some((keys.rank(&text)?, place.name.chars().count(), place)))
            .collect();
        found.sort_by(|(a, x, p), (b, y, q)| (a, x, &p.name).cmp(&(b, y, &q.name)));
        found.into_iter().take(at_most).map(|(_, _, place)| place).collect()
    }
}

impl Keys {
    /// How well a text fits, 0 best; `None`: not at all.
    fn rank(&self, text: &str) -> Option<u8> {
        let any = |keys: &[String], fits: fn(&str, &str) -> bool| keys.iter().any(|key| fits(key, text));
        // A caller's words hold the name; one character alone says too little.
        let holds = |key: &str, text: &str| key.chars().count() > 1 && text.contains(key);
        if any(&self.names, |key, text| key == text) {
            Some(0)
        } else if any(&self.names, |key, text| key.starts_with(text)) {
            Some(1)
        } else if self.names.iter().any(|key| holds(key, text)) {
            Some(2)
        } else if any(&self.names, |key, text| key.contains(text)) {
            Some(3)
        } else if text.is_ascii() && any(&self.initials, |key, text| key.starts_with(text)) {
            Some(4)
        } else if text.is_ascii() && text.len() > 2 && any(&self.full, |key, text| key.starts_with(text)) {
            Some(5)
        } else {
            None
        }
    }
}

/// Spells a name in pinyin; characters that have none stay as they are.
fn spell(name: &str, part: fn(pinyin::Pinyin) -> &'static str) -> String {
    let mut spelled = String::with_capacity(name.len());
    for (character, pinyin) in name.chars().zip(name.to_pinyin()) {
        match pinyin {
            Some(pinyin) => spelled.push_str(part(pinyin)),
            None => spelled.push(character),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, alias: &str) -> NamedPlace {
        NamedPlace {
            name: name.into(),
            aliases: vec![alias.into()],
            kind: "road".into(),
            position: Position { lon: 100.0, lat: 36.0 },
            area: "990101001001".parse().ok(),
        }
    }

    #[test]
    fn words_aliases_and_initials_find_a_place() {
        let gazetteer = Gazetteer::new(vec![
            place("柳树大街", "老正街"),
            place("柳树巷", "六号巷"),
            place("东园", "大院"),
        ]);
        let names = |text: &str| -> Vec<String> {
            gazetteer
                .search(text, 9, |_| true)
                .iter()
                .map(|p| p.name.clone())
                .collect()
        };
        assert_eq!(names("柳树"), ["柳树巷", "柳树大街"], "the shorter name first");
        assert_eq!(names("lsdj"), ["柳树大街"]);
        assert_eq!(names("liushux"), ["柳树巷"]);
        assert_eq!(names("老正街"), ["柳树大街"]);
        assert_eq!(names("柳树大街32号门口有积水"), ["柳树大街"]);
        assert!(names("").is_empty() && names("没有").is_empty());
        assert!(gazetteer.search("柳树", 9, |_| false).is_empty());
    }
}
