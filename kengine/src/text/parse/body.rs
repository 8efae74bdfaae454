//! Text to words: leaders and ops of a function, and names close to an unknown one.

use super::super::{
    KEYWORDS, Syntax,
    lex::{Fault, Token},
    syntax,
};
use super::{Open, Parser, Res, is_number, unsigned};
use crate::image::{BrTab, Code, Func, Leader, Pool, SectionKind};
use crate::isa::Field;
use crate::op::Words;
use alloc::{format, string::String, vec, vec::Vec};

impl Parser<'_> {
    pub(super) fn leader(&mut self) -> Res<()> {
        let Some(Open { record: Func { code_len, leader_len, .. }, code_given, leaders_given }) = self.open else {
            return self.fail("a leader outside a function");
        };
        if leaders_given {
            return self.fail("`leaders=at(…)` says where the leaders of this function are");
        }
        let at = self.at;
        let index: u32 = self.number("@")?;
        if index != leader_len {
            return Err(Fault { at, message: format!("this is leader {index}, expected @{leader_len}") });
        }
        let mut leader = Leader { pc: if code_given { 0 } else { code_len }, ..Leader::default() };
        let mut seen = vec![];
        while let Some((key, at, valued)) = self.key(&mut seen)? {
            match (key, valued) {
                ("pc", true) => leader.pc = self.number("")?,
                ("h", true) => leader.height = self.number("")?,
                ("credit", true) => leader.credit = self.number("")?,
                _ => return self.unknown_key("leader", key, at, valued),
            }
        }
        if let Some(open) = &mut self.open {
            open.record.leader_len = leader_len.saturating_add(1);
        }
        self.push(SectionKind::Leader, leader.to_bytes())
    }

    /// `[pc] op operands` or `[pc] .word numbers`.
    pub(super) fn body_line(&mut self, mut at: usize) -> Res<()> {
        let code_len = self.open.as_ref().map(|open| open.record.code_len);
        if matches!(self.token, Token::Word(word) if is_number(word)) {
            let pc: u32 = self.number("")?;
            if let Some(expected) = code_len
                && pc != expected
            {
                return Err(Fault { at, message: format!("this is word {pc} of the function, expected {expected}") });
            }
            at = self.at;
        }
        let name = self.word("an op")?;
        let given = match &self.open {
            Some(open) => open.code_given,
            None if self.ops.contains_key(name) || name == ".word" => {
                return Err(Fault { at, message: format!("`{name}` outside a function") });
            }
            None => return Err(Fault { at, message: unknown("statement", name, KEYWORDS.into_iter()) }),
        };
        if given {
            return Err(Fault { at, message: String::from("`code=at(…)` says where the code of this function is") });
        }
        let mut len = 0;
        if name == ".word" {
            loop {
                let word = self.number("")?;
                self.push(SectionKind::Code, Code { word }.to_bytes())?;
                len += 1;
                if !self.accept(b',')? {
                    break;
                }
            }
        } else {
            let words = self.op(name, at)?;
            self.push(SectionKind::Code, Code { word: words.first }.to_bytes())?;
            len += 1;
            if words.ext != 0 {
                self.push(SectionKind::Code, Code { word: words.ext }.to_bytes())?;
                len += 1;
            }
        }
        if let Some(open) = &mut self.open {
            open.record.code_len = open.record.code_len.saturating_add(len);
        }
        Ok(())
    }

    /// The operands of an op.
    pub(super) fn op(&mut self, name: &str, at: usize) -> Res<Words> {
        let Some(op) = self.ops.get(name) else {
            let names = self.ops.keys().copied().chain(KEYWORDS);
            return Err(Fault { at, message: unknown("op", name, names) });
        };
        let (mut words, fields) = (Words::new(*op), op.row().fields);
        for (i, field) in fields.iter().enumerate() {
            if i != 0 {
                self.expect(b',')?;
            }
            let value = self.operand(field)?;
            words.set(field.at, value);
        }
        Ok(words)
    }

    fn operand(&mut self, field: &Field) -> Res<u32> {
        let narrow = !field.kind.is_wide();
        match syntax(field.kind) {
            Syntax::Number(prefix) if narrow => self.number::<u16>(prefix).map(u32::from),
            Syntax::Number(prefix) => self.number(prefix),
            Syntax::Own(prefix, kind) => self.own(prefix, kind),
            Syntax::Signed => Ok(u32::from(self.signed::<i16>("")?.cast_unsigned())),
            Syntax::Bits => match self.token {
                Token::Word(word) if word.starts_with('-') => Ok(self.signed::<i32>("")?.cast_unsigned()),
                _ => self.number(""),
            },
            Syntax::Leader => self.leader_delta(),
            Syntax::Pool => {
                let index = self.indexed("pool")?;
                if self.accept(b'=')? {
                    let at = self.at;
                    let value: u64 = self.number("")?;
                    // CAST: u32 fits usize.
                    let from = (index as usize).saturating_mul(Pool::LEN);
                    let stands = self.builder.section(SectionKind::Pool).get(from..).and_then(Pool::read);
                    if stands != Some(Pool { value }) {
                        return Err(Fault { at, message: format!("constant {index} of the pool is another one") });
                    }
                }
                Ok(index)
            }
            Syntax::Arms if self.token != Token::Punct(b'[') => self.indexed("brtab"),
            Syntax::Arms => self.arms(),
        }
    }

    /// Index of something the image defines: `f3` with imports first, `f+3` without.
    fn own(&mut self, prefix: &'static str, kind: u32) -> Res<u32> {
        let Token::Word(word) = self.token else { return self.expected("an index") };
        if word.strip_prefix(prefix).is_some_and(|digits| digits.starts_with('+')) {
            return self.number(&format!("{prefix}+"));
        }
        if self.open.is_none() {
            return self.fail(format!("`{prefix}N` needs an image; write `{prefix}+N`"));
        }
        let at = self.at;
        let index: u64 = self.number(prefix)?;
        let own = index.checked_sub(self.imported(kind).into());
        let Some(own) = own else { return Err(Fault { at, message: format!("`{prefix}{index}` is an import") }) };
        u32::try_from(own).map_err(|_| Fault { at, message: format!("`{prefix}{index}` is no index in range") })
    }

    /// `name[index]`.
    fn indexed(&mut self, name: &'static str) -> Res<u32> {
        if self.token != Token::Word(name) {
            return self.expected(&format!("`{name}[…]`"));
        }
        self.advance()?;
        self.expect(b'[')?;
        let index = self.number("")?;
        self.expect(b']')?;
        Ok(index)
    }

    /// The arms of a branch table, which go to the end of BRTAB.
    fn arms(&mut self) -> Res<u32> {
        if self.open.is_none() {
            return self.fail("arms need a function; write `brtab[start]`");
        }
        let (start, at) = (self.count(SectionKind::BrTab)?, self.at);
        self.push(SectionKind::BrTab, BrTab::default().to_bytes())?;
        self.list(b'[', b']', |p| {
            let value = p.number("@")?;
            p.push(SectionKind::BrTab, BrTab { value }.to_bytes())
        })?;
        // The table begins with the number of its arms but the default.
        let Some(value) = self.count(SectionKind::BrTab)?.saturating_sub(start).checked_sub(2) else {
            return Err(Fault { at, message: String::from("a branch table has at least one arm") });
        };
        let from = (start as usize).saturating_mul(BrTab::LEN); // CAST: u32 fits usize
        let section = self.builder.section(SectionKind::BrTab);
        for (byte, new) in section.iter_mut().skip(from).zip((BrTab { value }).to_bytes()) {
            *byte = new;
        }
        Ok(start)
    }

    /// A branch target relative to the number of leaders so far: `@3` is absolute, `@+3` relative.
    fn leader_delta(&mut self) -> Res<u32> {
        let Token::Word(word) = self.token else { return self.expected("a leader") };
        let delta = if word.starts_with("@+") || word.starts_with("@-") {
            self.signed::<i16>("@")?
        } else {
            let Some(open) = &self.open else { return self.fail("`@N` needs a function; write `@+N` or `@-N`") };
            // Where `leaders=at(…)` stands no leader is above.
            let above = if open.leaders_given { 0 } else { open.record.leader_len };
            let at = self.at;
            let target: u32 = self.number("@")?;
            let Ok(delta) = i16::try_from(i64::from(target) - i64::from(above)) else {
                return Err(Fault { at, message: format!("leader {target} is too far from here for this op") });
            };
            delta
        };
        Ok(u32::from(delta.cast_unsigned()))
    }

    /// A number with a sign or without, after `prefix`.
    fn signed<T: TryFrom<i64>>(&mut self, prefix: &str) -> Res<T> {
        let Token::Word(word) = self.token else { return self.expected("a number") };
        let Some(text) = word.strip_prefix(prefix) else { return self.expected("a number") };
        let (digits, negative) = match text.strip_prefix('-') {
            Some(digits) => (digits, true),
            None => (text.strip_prefix('+').unwrap_or(text), false),
        };
        if !is_number(digits) {
            return self.expected("a number");
        }
        let value = unsigned(digits).and_then(|value| i64::try_from(value).ok());
        let value = value.map(|value| if negative { -value } else { value });
        let Some(value) = value.and_then(|value| T::try_from(value).ok()) else {
            return self.fail(format!("`{word}` is no number in range"));
        };
        self.advance()?;
        Ok(value)
    }
}

/// Message for a name that is none, with the nearest one that is.
fn unknown(what: &str, name: &str, known: impl Iterator<Item = &'static str>) -> String {
    let nearest = known.map(|known| (distance(name, known), known)).min();
    match nearest {
        Some((distance, known)) if distance.saturating_mul(2) <= name.chars().count() => {
            format!("unknown {what} `{name}`; did you mean `{known}`?")
        }
        _ => format!("unknown {what} `{name}`"),
    }
}

/// Edits of one character that turn one word into the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let (mut diagonal, mut left) = (i, i + 1);
        let mut columns = row.iter_mut();
        if let Some(first) = columns.next() {
            *first = left;
        }
        for (cell, y) in columns.zip(b.chars()) {
            let cost = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = cost.min(left + 1).min(*cell + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}
