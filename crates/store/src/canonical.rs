//! Writing the canonical JSON of Rust values in one pass.
//!
//! Every event and every row of a case is written so, a few kilobytes each, so it is done without a tree of values in
//! between: members of an object are written as they come, and put into their order at its end if they were not in it.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};

use serde::ser::{self, Serialize};

use crate::value::{ValueError, canonical_text, is_canonical};

/// The canonical JSON text of a value.
pub(crate) fn canonical_json(value: &impl Serialize) -> Result<String, ValueError> {
    let mut writer = Writer::default();
    value.serialize(&mut writer).map_err(|fault| fault.0)?;
    Ok(String::from_utf8(writer.out).expect("only text is written"))
}

/// What a [`ValueError`] is to serde.
#[derive(Debug)]
struct Fault(ValueError);

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: Display>(what: T) -> Self {
        Self(ValueError::NotJson { what: what.to_string() })
    }
}

impl From<serde_json::Error> for Fault {
    fn from(fault: serde_json::Error) -> Self {
        ser::Error::custom(fault)
    }
}

impl From<ValueError> for Fault {
    fn from(fault: ValueError) -> Self {
        Self(fault)
    }
}

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    /// The members of every object that is being written, the innermost last.
    members: Vec<Member>,
    /// What is put into another order passes through here.
    scratch: Vec<u8>,
    /// Where values that only know how to show themselves are shown.
    shown: String,
}

/// A member of an object: `"key":value` from `start` to `end`.
#[derive(Clone, Copy)]
struct Member {
    start: usize,
    key_end: usize,
    end: usize,
}

impl Writer {
    fn write_string(&mut self, text: &str) -> Result<(), Fault> {
        if is_canonical(text) {
            serde_json::to_writer(&mut self.out, text)?;
        } else {
            serde_json::to_writer(&mut self.out, &canonical_text(text)?)?;
        }
        Ok(())
    }

    /// A number, written as serde_json writes it.
    fn write_number(&mut self, number: impl Serialize) -> Result<(), Fault> {
        Ok(serde_json::to_writer(&mut self.out, &number)?)
    }

    fn begin(&mut self) -> Object<'_> {
        self.out.push(b'{');
        let first = self.members.len();
        Object { writer: self, first }
    }

    /// Puts the members from `first` on, which end the text, into the order of their keys.
    fn put_in_order(&mut self, first: usize) -> Result<(), Fault> {
        let Self {
            out, members, scratch, ..
        } = self;
        let members = &mut members[first..];
        if members.is_sorted_by(|one, other| key(out, one) < key(out, other)) {
            return Ok(());
        }
        let begin = members[0].start;
        members.sort_unstable_by(|one, other| key(out, one).cmp(&key(out, other)));
        if let Some(twins) = members.windows(2).find(|pair| key(out, &pair[0]) == key(out, &pair[1])) {
            let key = String::from_utf8_lossy(&key(out, &twins[0])).into_owned();
            return Err(ValueError::TwinKeys { key }.into());
        }
        scratch.clear();
        for (nth, member) in members.iter().enumerate() {
            if nth > 0 {
                scratch.push(b',');
            }
            scratch.extend_from_slice(&out[member.start..member.end]);
        }
        out[begin..].copy_from_slice(scratch);
        Ok(())
    }
}

/// The key of a member, without the quotation marks and escapes of JSON.
fn key<'o>(out: &'o [u8], member: &Member) -> Cow<'o, [u8]> {
    let written = &out[member.start..member.key_end];
    let inner = &written[1..written.len() - 1];
    if inner.contains(&b'\\') {
        let key: String = serde_json::from_slice(written).expect("a string that was just written reads back");
        return key.into_bytes().into();
    }
    inner.into()
}

/// An object in the making.
struct Object<'w> {
    writer: &'w mut Writer,
    first: usize,
}

impl Object<'_> {
    fn begin_member(&mut self) -> usize {
        if self.writer.members.len() > self.first {
            self.writer.out.push(b',');
        }
        self.writer.out.len()
    }

    fn key(&mut self, key: &(impl Serialize + ?Sized)) -> Result<(), Fault> {
        let start = self.begin_member();
        key.serialize(KeyWriter(self.writer))?;
        self.end_key(start);
        Ok(())
    }

    fn name(&mut self, name: &'static str) -> Result<(), Fault> {
        let start = self.begin_member();
        self.writer.write_string(name)?;
        self.end_key(start);
        Ok(())
    }

    fn end_key(&mut self, start: usize) {
        let key_end = self.writer.out.len();
        self.writer.out.push(b':');
        self.writer.members.push(Member {
            start,
            key_end,
            end: key_end,
        });
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Fault> {
        value.serialize(&mut *self.writer)?;
        let end = self.writer.out.len();
        if let Some(member) = self.writer.members.last_mut() {
            member.end = end;
        }
        Ok(())
    }

    fn end(self) -> Result<(), Fault> {
        self.writer.put_in_order(self.first)?;
        self.writer.members.truncate(self.first);
        self.writer.out.push(b'}');
        Ok(())
    }
}

/// An array in the making; also the array or object inside `{"variant":…}`.
struct Array<'w> {
    writer: &'w mut Writer,
    first: bool,
    /// What closes it.
    close: &'static [u8],
}

impl Array<'_> {
    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Fault> {
        if !std::mem::take(&mut self.first) {
            self.writer.out.push(b',');
        }
        value.serialize(&mut *self.writer)
    }

    fn end(self) {
        self.writer.out.extend_from_slice(self.close);
    }
}

fn too_wide() -> Fault {
    ser::Error::custom("number out of range")
}

impl<'w> ser::Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Array<'w>;
    type SerializeTuple = Array<'w>;
    type SerializeTupleStruct = Array<'w>;
    type SerializeTupleVariant = Array<'w>;
    type SerializeMap = Object<'w>;
    type SerializeStruct = Object<'w>;
    type SerializeStructVariant = Inner<'w>;

    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        self.write_number(value)
    }
    fn serialize_i8(self, value: i8) -> Result<(), Fault> {
        self.write_number(value)
    }
    fn serialize_i16(self, value: i16) -> Result<(), Fault> {
        self.write_number(value)
    }
    fn serialize_i32(self, value: i32) -> Result<(), Fault> {
        self.write_number(value)
    }
    fn serialize_i64(self, value: i64) -> Result<(), Fault> {
        self.write_number(value)
    }
    fn serialize_i128(self, value: i128) -> Result<(), Fault> {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => self.write_number(value),
            (_, Ok(value)) => self.write_number(value),
            _ => Err(too_wide()),
        }
    }
    fn serialize_u8(self, value: u8) -> Result<(), Fault> {
        self.write_number(value)
    }
    fn serialize_u16(self, value: u16) -> Result<(), Fault> {
        self.write_number(value)
    }
    fn serialize_u32(self, value: u32) -> Result<(), Fault> {
        self.write_number(value)
    }
    fn serialize_u64(self, value: u64) -> Result<(), Fault> {
        self.write_number(value)
    }
    fn serialize_u128(self, value: u128) -> Result<(), Fault> {
        self.write_number(u64::try_from(value).map_err(|_| too_wide())?)
    }
    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        // Read back, every number is one of 64 bits: it is written as that one.
        self.write_number(f64::from(value))
    }
    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        self.write_number(value)
    }
    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.write_string(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result<(), Fault> {
        self.write_string(value)
    }
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Fault> {
        let mut shown = std::mem::take(&mut self.shown);
        shown.clear();
        write!(shown, "{value}").map_err(<Fault as ser::Error>::custom)?;
        let written = self.write_string(&shown);
        self.shown = shown;
        written
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Fault> {
        value.serialize(self)
    }
    fn serialize_none(self) -> Result<(), Fault> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Fault> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Fault> {
        self.write_string(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        let mut object = self.begin();
        object.name(variant)?;
        object.value(value)?;
        object.end()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Array<'w>, Fault> {
        self.out.push(b'[');
        Ok(Array {
            writer: self,
            first: true,
            close: b"]",
        })
    }
    fn serialize_tuple(self, length: usize) -> Result<Array<'w>, Fault> {
        self.serialize_seq(Some(length))
    }
    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Array<'w>, Fault> {
        self.serialize_seq(Some(length))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Array<'w>, Fault> {
        self.out.push(b'{');
        self.write_string(variant)?;
        self.out.extend_from_slice(b":[");
        Ok(Array {
            writer: self,
            first: true,
            close: b"]}",
        })
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Object<'w>, Fault> {
        Ok(self.begin())
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'w>, Fault> {
        Ok(self.begin())
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inner<'w>, Fault> {
        self.out.push(b'{');
        self.write_string(variant)?;
        self.out.push(b':');
        Ok(Inner(self.begin()))
    }
}

impl ser::SerializeSeq for Array<'_> {
    type Ok = ();
    type Error = Fault;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }
    fn end(self) -> Result<(), Fault> {
        Array::end(self);
        Ok(())
    }
}

impl ser::SerializeTuple for Array<'_> {
    type Ok = ();
    type Error = Fault;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }
    fn end(self) -> Result<(), Fault> {
        Array::end(self);
        Ok(())
    }
}

impl ser::SerializeTupleStruct for Array<'_> {
    type Ok = ();
    type Error = Fault;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }
    fn end(self) -> Result<(), Fault> {
        Array::end(self);
        Ok(())
    }
}

impl ser::SerializeTupleVariant for Array<'_> {
    type Ok = ();
    type Error = Fault;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }
    fn end(self) -> Result<(), Fault> {
        Array::end(self);
        Ok(())
    }
}

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = Fault;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.key(key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.value(value)
    }
    fn end(self) -> Result<(), Fault> {
        Object::end(self)
    }
}

impl ser::SerializeStruct for Object<'_> {
    type Ok = ();
    type Error = Fault;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Fault> {
        self.name(name)?;
        self.value(value)
    }
    fn end(self) -> Result<(), Fault> {
        Object::end(self)
    }
}

/// The object inside `{"variant":{…}}`.
struct Inner<'w>(Object<'w>);

impl ser::SerializeStructVariant for Inner<'_> {
    type Ok = ();
    type Error = Fault;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Fault> {
        self.0.name(name)?;
        self.0.value(value)
    }
    fn end(self) -> Result<(), Fault> {
        let Object { writer, first } = self.0;
        Object {
            writer: &mut *writer,
            first,
        }
        .end()?;
        writer.out.push(b'}');
        Ok(())
    }
}

/// Writes what may be a key: text, and what has one plain text.
struct KeyWriter<'w>(&'w mut Writer);

fn no_key() -> Fault {
    ser::Error::custom("key must be a string")
}

type Never = ser::Impossible<(), Fault>;

impl ser::Serializer for KeyWriter<'_> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        self.collect_str(&value)
    }
    fn serialize_i8(self, value: i8) -> Result<(), Fault> {
        self.collect_str(&value)
    }
    fn serialize_i16(self, value: i16) -> Result<(), Fault> {
        self.collect_str(&value)
    }
    fn serialize_i32(self, value: i32) -> Result<(), Fault> {
        self.collect_str(&value)
    }
    fn serialize_i64(self, value: i64) -> Result<(), Fault> {
        self.collect_str(&value)
    }
    fn serialize_u8(self, value: u8) -> Result<(), Fault> {
        self.collect_str(&value)
    }
    fn serialize_u16(self, value: u16) -> Result<(), Fault> {
        self.collect_str(&value)
    }
    fn serialize_u32(self, value: u32) -> Result<(), Fault> {
        self.collect_str(&value)
    }
    fn serialize_u64(self, value: u64) -> Result<(), Fault> {
        self.collect_str(&value)
    }
    fn serialize_f32(self, _: f32) -> Result<(), Fault> {
        Err(no_key())
    }
    fn serialize_f64(self, _: f64) -> Result<(), Fault> {
        Err(no_key())
    }
    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.0.serialize_char(value)
    }
    fn serialize_str(self, value: &str) -> Result<(), Fault> {
        self.0.write_string(value)
    }
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Fault> {
        self.0.collect_str(value)
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Fault> {
        Err(no_key())
    }
    fn serialize_none(self) -> Result<(), Fault> {
        Err(no_key())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Fault> {
        Err(no_key())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        Err(no_key())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Fault> {
        self.0.write_string(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Fault> {
        Err(no_key())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Never, Fault> {
        Err(no_key())
    }
    fn serialize_tuple(self, _: usize) -> Result<Never, Fault> {
        Err(no_key())
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, Fault> {
        Err(no_key())
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never, Fault> {
        Err(no_key())
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Never, Fault> {
        Err(no_key())
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Never, Fault> {
        Err(no_key())
    }
    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never, Fault> {
        Err(no_key())
    }
}
