//! Text to images: the statements. Function bodies are read in [`body`].

mod body;

use super::lex::{Fault, Lexer, Token};
use super::{EXPORT_KINDS, IMPORT_KINDS, INITS, KEYWORDS, MODES, RESTS, TYPES};
use crate::image::write::ImageBuilder;
use crate::image::{
    BrTab, Code, Data, Elem, ElemItem, Export, FLAG_FLOAT, FUNC_REF, Func, Global, Import, KIND_FUNC, KIND_GLOBAL,
    KIND_MEMORY, KIND_TABLE, Leader, Memory, NO_INDEX, Name, Pool, SectionKind, Sig, SigDepth, Table,
};
use crate::isa::VERSION;
use crate::lines::Line;
use crate::op::{OPS, Op, Words};
use alloc::{collections::BTreeMap, format, string::String, vec, vec::Vec};
use core::fmt;

/// Why a text is no image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Line, from 1.
    pub line: u32,
    /// Character of the line, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl core::error::Error for ParseError {}

/// Turns the text form into the bytes of an image. Its frame is valid; nothing else is checked.
///
/// # Errors
/// [`ParseError`]: the first place where the text leaves the form.
pub fn parse(text: &str) -> Result<Vec<u8>, ParseError> {
    let parsed = Parser::new(text).and_then(Parser::image);
    parsed.map_err(|fault| located(text, fault))
}

/// Parses one op as [`super::op`] prints it.
///
/// # Errors
/// [`ParseError`], also if the text names leaders or arms that only a function can resolve.
pub fn parse_op(text: &str) -> Result<Words, ParseError> {
    let parsed = Parser::new(text).and_then(Parser::single);
    parsed.map_err(|fault| located(text, fault))
}

/// Line and column of a fault.
fn located(text: &str, fault: Fault) -> ParseError {
    let before = text.get(..fault.at).unwrap_or(text);
    let (lines, rest) = match before.rsplit_once('\n') {
        Some((lines, rest)) => (lines.bytes().filter(|b| *b == b'\n').count() + 1, rest),
        None => (0, before),
    };
    let from_one = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
    ParseError { line: from_one(lines), column: from_one(rest.chars().count()), message: fault.message }
}

type Res<T> = Result<T, Fault>;

/// The function whose body is being read.
struct Open {
    record: Func,
    /// The `func` line says where the code is: no ops here.
    code_given: bool,
    /// Likewise for the leaders.
    leaders_given: bool,
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token<'t>,
    /// Byte at which `token` starts.
    at: usize,
    builder: ImageBuilder,
    /// The last of the line map so far.
    last_line: Line,
    ops: BTreeMap<&'static str, Op>,
    open: Option<Open>,
    /// The `image` statement was there.
    started: bool,
    /// Imports so far, by kind.
    imported: [u32; IMPORT_KINDS.len()],
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Res<Self> {
        let mut parser = Parser {
            lexer: Lexer::new(text),
            token: Token::Newline,
            at: 0,
            builder: ImageBuilder::default(),
            last_line: Line::default(),
            ops: OPS.iter().map(|op| (op.row().name, *op)).collect(),
            open: None,
            started: false,
            imported: [0; IMPORT_KINDS.len()],
        };
        parser.advance()?;
        Ok(parser)
    }

    fn image(mut self) -> Res<Vec<u8>> {
        loop {
            match self.token {
                Token::End => break,
                Token::Newline => _ = self.advance()?,
                _ => {
                    self.line()?;
                    if !matches!(self.token, Token::Newline | Token::End) {
                        return self.expected("the end of the line");
                    }
                }
            }
        }
        self.close();
        if !self.started {
            return self.fail("the text does not begin with `image version=…`");
        }
        self.builder.finish().ok_or_else(|| self.fault("the image exceeds 4 GiB"))
    }

    fn single(mut self) -> Res<Words> {
        while self.token == Token::Newline {
            self.advance()?;
        }
        let name_at = self.at;
        let name = self.word("an op")?;
        let words = match name {
            ".word" => {
                let first = self.number("")?;
                let ext = if self.accept(b',')? { self.number("")? } else { 0 };
                Words { first, ext }
            }
            _ => self.op(name, name_at)?,
        };
        while self.token == Token::Newline {
            self.advance()?;
        }
        if self.token != Token::End {
            return self.expected("the end of the op");
        }
        Ok(words)
    }

    // --- tokens ------------------------------------------------------------------------------------

    /// Goes on to the next token and returns the one before.
    fn advance(&mut self) -> Res<Token<'t>> {
        let (at, token) = self.lexer.next()?;
        self.at = at;
        Ok(core::mem::replace(&mut self.token, token))
    }

    fn fault(&self, message: impl Into<String>) -> Fault {
        Fault { at: self.at, message: message.into() }
    }

    fn fail<T>(&self, message: impl Into<String>) -> Res<T> {
        Err(self.fault(message))
    }

    fn expected<T>(&self, what: &str) -> Res<T> {
        let found = match &self.token {
            Token::Word(word) => format!("`{word}`"),
            Token::Str(_) => String::from("a string"),
            Token::Punct(c) => format!("`{}`", char::from(*c)),
            Token::Newline => String::from("the end of the line"),
            Token::End => String::from("the end of the text"),
        };
        self.fail(format!("expected {what}, found {found}"))
    }

    fn accept(&mut self, punct: u8) -> Res<bool> {
        let found = self.token == Token::Punct(punct);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, punct: u8) -> Res<()> {
        if self.accept(punct)? { Ok(()) } else { self.expected(&format!("`{}`", char::from(punct))) }
    }

    fn word(&mut self, what: &str) -> Res<&'t str> {
        let Token::Word(word) = self.token else { return self.expected(what) };
        self.advance()?;
        Ok(word)
    }

    /// An unsigned number after `prefix`.
    fn number<T: TryFrom<u64>>(&mut self, prefix: &str) -> Res<T> {
        let what = || if prefix.is_empty() { String::from("a number") } else { format!("`{prefix}` and a number") };
        let Token::Word(word) = self.token else { return self.expected(&what()) };
        let Some(digits) = word.strip_prefix(prefix).filter(|digits| is_number(digits)) else {
            return self.expected(&what());
        };
        let Some(value) = unsigned(digits).and_then(|value| T::try_from(value).ok()) else {
            return self.fail(format!("`{word}` is no number in range"));
        };
        self.advance()?;
        Ok(value)
    }

    /// A number or `none`.
    fn depth(&mut self) -> Res<u32> {
        if self.token == Token::Word("none") {
            self.advance()?;
            return Ok(NO_INDEX);
        }
        self.number("")
    }

    /// A list in brackets or parentheses, with commas or without.
    fn list(&mut self, open: u8, close: u8, mut item: impl FnMut(&mut Self) -> Res<()>) -> Res<()> {
        self.expect(open)?;
        while self.token != Token::Punct(close) {
            item(self)?;
            self.accept(b',')?;
        }
        self.expect(close)
    }

    /// The next attribute of a statement: its name, where it stands, and whether `=` follows. `None`
    /// at the end of the line and where a string, a list or `at(` begins.
    fn key(&mut self, seen: &mut Vec<&'t str>) -> Res<Option<(&'t str, usize, bool)>> {
        let (Token::Word(key), at) = (&self.token, self.at) else { return Ok(None) };
        let key = *key;
        if key == "at" {
            return Ok(None);
        }
        if seen.contains(&key) {
            return self.fail(format!("`{key}` stands here twice"));
        }
        seen.push(key);
        self.advance()?;
        let valued = self.accept(b'=')?;
        Ok(Some((key, at, valued)))
    }

    fn unknown_key<T>(&self, statement: &str, key: &str, at: usize, valued: bool) -> Res<T> {
        let form = if valued { "=…" } else { "" };
        Err(Fault { at, message: format!("`{statement}` has no attribute `{key}{form}`") })
    }

    // --- sections ----------------------------------------------------------------------------------

    /// Number of records in a section so far.
    fn count(&mut self, kind: SectionKind) -> Res<u32> {
        let count = self.builder.section(kind).len() / kind.record_len();
        u32::try_from(count).map_err(|_| self.fault("a section exceeds 4 GiB"))
    }

    fn push(&mut self, kind: SectionKind, record: impl AsRef<[u8]>) -> Res<()> {
        self.builder.section(kind).extend_from_slice(record.as_ref());
        Ok(())
    }

    /// The index after a keyword, which must be the next one.
    fn index(&mut self, next: u32) -> Res<()> {
        let at = self.at;
        let index: u32 = self.number("")?;
        if index == next {
            return Ok(());
        }
        Err(Fault { at, message: format!("this has index {index}, expected {next}") })
    }

    /// Puts a piece at the end of its section or, before `@start`, finds it there. Returns its first
    /// record and its number of records.
    fn piece(&mut self, kind: SectionKind, bytes: &[u8]) -> Res<(u32, u32)> {
        let mut start = self.count(kind)?;
        let record_len = kind.record_len();
        if matches!(self.token, Token::Word(word) if word.starts_with('@')) {
            let at = self.at;
            start = self.number("@")?;
            // CAST: u32 fits usize.
            let from = (start as usize).saturating_mul(record_len);
            let stands = self.builder.section(kind).get(from..from.saturating_add(bytes.len()));
            if stands != Some(bytes) {
                return Err(Fault { at, message: String::from("this is not what stands there") });
            }
        } else {
            self.builder.section(kind).extend_from_slice(bytes);
        }
        let len = u32::try_from(bytes.len() / record_len).map_err(|_| self.fault("a section exceeds 4 GiB"))?;
        Ok((start, len))
    }

    /// `at(start, len)`.
    fn reference(&mut self) -> Res<(u32, u32)> {
        if self.token != Token::Word("at") {
            return self.expected("`at(start, length)`");
        }
        self.advance()?;
        self.expect(b'(')?;
        let start = self.number("")?;
        self.expect(b',')?;
        let len = self.number("")?;
        self.expect(b')')?;
        Ok((start, len))
    }

    /// A string, or strings in parentheses.
    fn bytes(&mut self) -> Res<Vec<u8>> {
        if self.token != Token::Punct(b'(') {
            return self.literal();
        }
        let mut bytes = Vec::new();
        self.list(b'(', b')', |p| {
            bytes.append(&mut p.literal()?);
            Ok(())
        })?;
        Ok(bytes)
    }

    fn literal(&mut self) -> Res<Vec<u8>> {
        if !matches!(self.token, Token::Str(_)) {
            return self.expected("a string");
        }
        match self.advance()? {
            Token::Str(bytes) => Ok(bytes),
            _ => Ok(Vec::new()),
        }
    }

    /// A string of a section of bytes, placed: first byte and length.
    fn string(&mut self, kind: SectionKind) -> Res<(u32, u32)> {
        if self.token == Token::Word("at") {
            return self.reference();
        }
        let bytes = self.bytes()?;
        self.piece(kind, &bytes)
    }

    fn value_type<T: TryFrom<u64>>(&mut self) -> Res<T> {
        if let Token::Word(word) = self.token
            && let Some((_, code)) = TYPES.iter().find(|(name, _)| *name == word)
        {
            let code = u64::from(*code);
            self.advance()?;
            return T::try_from(code).map_err(|_| self.fault("no such type"));
        }
        if matches!(self.token, Token::Word(word) if is_number(word)) {
            self.number("")
        } else {
            self.expected("a type")
        }
    }

    /// `?kind:value`, or one of the prefixes, whose place is its kind, and a value.
    fn kinded<T: TryFrom<u64>>(&mut self, prefixes: &[&str], what: &str) -> Res<(u32, T)> {
        let Token::Word(word) = self.token else { return self.expected(what) };
        let (kind, digits) = if let Some(raw) = word.strip_prefix('?') {
            let Some((kind, digits)) = raw.split_once(':') else { return self.expected(what) };
            (unsigned(kind).and_then(|kind| u32::try_from(kind).ok()), digits)
        } else {
            let parts = (0..).zip(prefixes).find_map(|(kind, prefix)| {
                word.strip_prefix(prefix).filter(|digits| is_number(digits)).map(|digits| (kind, digits))
            });
            let Some((kind, digits)) = parts else { return self.expected(what) };
            (Some(kind), digits)
        };
        if !is_number(digits) {
            return self.expected(what);
        }
        let value = unsigned(digits).and_then(|value| T::try_from(value).ok());
        let (Some(kind), Some(value)) = (kind, value) else {
            return self.fail(format!("`{word}` is no number in range"));
        };
        self.advance()?;
        Ok((kind, value))
    }

    fn init<T: TryFrom<u64>>(&mut self) -> Res<(u32, T)> {
        self.kinded(&INITS, "a number, `g` or `f` and an index")
    }

    fn item(&mut self) -> Res<ElemItem> {
        if self.token == Token::Word("null") {
            self.advance()?;
            return Ok(ElemItem::default());
        }
        let (init, index) = self.init()?;
        Ok(ElemItem { init, index })
    }

    // --- statements --------------------------------------------------------------------------------

    fn line(&mut self) -> Res<()> {
        let at = self.at;
        let Token::Word(word) = self.token else { return self.expected("a statement or an op") };
        if !self.started && word != "image" {
            return self.fail("the text does not begin with `image version=…`");
        }
        if word.starts_with('@') {
            return self.leader();
        }
        if KEYWORDS.contains(&word) {
            self.close();
            self.advance()?;
            return match word {
                "image" => self.image_line(at),
                "sig" => self.sig(),
                "import" => self.import(at),
                "table" => self.table(),
                "memory" => self.memory(),
                "global" => self.global(),
                "pool" => self.pool(),
                "elem" => self.elem(),
                "data" => self.data(),
                "export" => self.export(),
                "func" => self.func(),
                "name" => self.name(),
                "lines" => self.lines(),
                _ => self.rest(),
            };
        }
        self.body_line(at)
    }

    fn image_line(&mut self, at: usize) -> Res<()> {
        if core::mem::replace(&mut self.started, true) {
            return Err(Fault { at, message: String::from("`image` stands here twice") });
        }
        let (mut header, mut version, mut seen) = (self.builder.header, None, vec![]);
        while let Some((key, at, valued)) = self.key(&mut seen)? {
            match (key, valued) {
                ("version", true) => {
                    let found: u32 = self.number("")?;
                    if found != VERSION {
                        return Err(Fault { at, message: format!("version {found} of the form, expected {VERSION}") });
                    }
                    version = Some(found);
                }
                ("class", true) => match self.word("`metered` or `bounded`")? {
                    "metered" => header.class = 0,
                    "bounded" => header.class = 1,
                    class => return Err(Fault { at, message: format!("unknown class `{class}`") }),
                },
                ("float", false) => header.flags |= FLAG_FLOAT,
                ("start", true) => header.start = self.number("f")?,
                ("stack", true) => header.stack_claim = self.number("")?,
                ("fuel", true) => header.fuel_claim = self.number("")?,
                ("capabilities", true) => header.capabilities = self.number("")?,
                _ => return self.unknown_key("image", key, at, valued),
            }
        }
        if version.is_none() {
            return self.fail("`image` needs `version=…`");
        }
        self.builder.header = header;
        Ok(())
    }

    fn sig(&mut self) -> Res<()> {
        let index = self.count(SectionKind::Sig)?;
        self.index(index)?;
        let mut sig = Sig::default();
        if self.token == Token::Word("at") {
            self.advance()?;
            self.expect(b'(')?;
            sig.types = self.number("")?;
            self.expect(b',')?;
            sig.params = self.number("")?;
            self.expect(b',')?;
            sig.results = self.number("")?;
            self.expect(b')')?;
        } else {
            let mut types: Vec<u8> = Vec::new();
            self.list(b'(', b')', |p| {
                types.push(p.value_type()?);
                Ok(())
            })?;
            let params = types.len();
            if self.token != Token::Word("->") {
                return self.expected("`->`");
            }
            self.advance()?;
            self.list(b'(', b')', |p| {
                types.push(p.value_type()?);
                Ok(())
            })?;
            let (Ok(params), Ok(results)) = (u16::try_from(params), u16::try_from(types.len() - params)) else {
                return self.fail("a signature has at most 65535 parameters and results");
            };
            (sig.params, sig.results) = (params, results);
            (sig.types, _) = self.piece(SectionKind::SigTypes, &types)?;
        }
        let mut seen = vec![];
        while let Some((key, at, valued)) = self.key(&mut seen)? {
            match (key, valued) {
                ("depth", true) => {
                    let depth = self.depth()?;
                    if self.count(SectionKind::SigDepth)? != index {
                        return Err(Fault { at, message: String::from("a signature before this one has no depth") });
                    }
                    self.push(SectionKind::SigDepth, SigDepth { depth }.to_bytes())?;
                }
                _ => return self.unknown_key("sig", key, at, valued),
            }
        }
        self.push(SectionKind::Sig, sig.to_bytes())
    }

    fn import(&mut self, at: usize) -> Res<()> {
        for kind in [SectionKind::Table, SectionKind::Memory, SectionKind::Global, SectionKind::Func] {
            if !self.builder.section(kind).is_empty() {
                return Err(Fault { at, message: String::from("imports come before what the image defines") });
            }
        }
        let index = self.count(SectionKind::Import)?;
        self.index(index)?;
        let mut import = Import { kind: self.import_kind()?, ..Import::default() };
        (import.module, import.module_len) = self.string(SectionKind::Strings)?;
        (import.name, import.name_len) = self.string(SectionKind::Strings)?;
        let (mut flags, mut seen) = (None, vec![]);
        while let Some((key, at, valued)) = self.key(&mut seen)? {
            match (key, valued) {
                ("sig" | "desc", true) => import.desc = self.number("")?,
                ("type", true) => import.desc = self.value_type()?,
                ("mut", false) => import.flags = 1,
                ("min", true) => import.min = self.number("")?,
                ("max", true) => {
                    import.max = self.number("")?;
                    if matches!(import.kind, KIND_TABLE | KIND_MEMORY) {
                        import.flags = 1;
                    }
                }
                ("flags", true) => flags = Some(self.number("")?),
                ("cost", true) => import.cost = self.number("")?,
                ("capabilities", true) => import.capabilities = self.number("")?,
                ("name", true) if import.kind == KIND_FUNC => {
                    let (name, name_len) = self.string(SectionKind::NameBytes)?;
                    let func = self.imported(KIND_FUNC);
                    self.push(SectionKind::Name, Name { func, name, name_len, reserved: 0 }.to_bytes())?;
                }
                _ => return self.unknown_key("import", key, at, valued),
            }
        }
        import.flags = flags.unwrap_or(import.flags);
        if let Some(count) = usize::try_from(import.kind).ok().and_then(|kind| self.imported.get_mut(kind)) {
            *count += 1;
        }
        self.push(SectionKind::Import, import.to_bytes())
    }

    fn import_kind(&mut self) -> Res<u32> {
        let what = "`func`, `table`, `memory` or `global`";
        let Token::Word(word) = self.token else { return self.expected(what) };
        if word.starts_with('?') {
            return self.number("?");
        }
        let Some((kind, _)) = (0..).zip(IMPORT_KINDS).find(|(_, name)| *name == word) else {
            return self.expected(what);
        };
        self.advance()?;
        Ok(kind)
    }

    fn imported(&self, kind: u32) -> u32 {
        usize::try_from(kind).ok().and_then(|kind| self.imported.get(kind)).copied().unwrap_or(0)
    }

    /// The index of something defined: imports of its kind come first.
    fn defined(&mut self, kind: u32, section: SectionKind) -> Res<()> {
        let next = self.imported(kind).saturating_add(self.count(section)?);
        self.index(next)
    }

    fn table(&mut self) -> Res<()> {
        self.defined(KIND_TABLE, SectionKind::Table)?;
        let ty = self.value_type()?;
        let (mut table, mut flags, mut seen) = (Table { ty, ..Table::default() }, None, vec![]);
        while let Some((key, at, valued)) = self.key(&mut seen)? {
            match (key, valued) {
                ("min", true) => table.min = self.number("")?,
                ("max", true) => (table.flags, table.max) = (1, self.number("")?),
                ("flags", true) => flags = Some(self.number("")?),
                _ => return self.unknown_key("table", key, at, valued),
            }
        }
        table.flags = flags.unwrap_or(table.flags);
        self.push(SectionKind::Table, table.to_bytes())
    }

    fn memory(&mut self) -> Res<()> {
        self.defined(KIND_MEMORY, SectionKind::Memory)?;
        let (mut memory, mut flags, mut seen) = (Memory::default(), None, vec![]);
        while let Some((key, at, valued)) = self.key(&mut seen)? {
            match (key, valued) {
                ("min", true) => memory.min = self.number("")?,
                ("max", true) => (memory.flags, memory.max) = (1, self.number("")?),
                ("flags", true) => flags = Some(self.number("")?),
                ("reserved", true) => memory.reserved = self.number("")?,
                _ => return self.unknown_key("memory", key, at, valued),
            }
        }
        memory.flags = flags.unwrap_or(memory.flags);
        self.push(SectionKind::Memory, memory.to_bytes())
    }

    fn global(&mut self) -> Res<()> {
        self.defined(KIND_GLOBAL, SectionKind::Global)?;
        let ty = self.value_type()?;
        let (mut global, mut seen) = (Global { ty, ..Global::default() }, vec![]);
        while let Some((key, at, valued)) = self.key(&mut seen)? {
            match (key, valued) {
                ("mut", false) => global.mutable = 1,
                ("mut", true) => global.mutable = self.number("")?,
                ("init", true) => (global.init, global.value) = self.init()?,
                _ => return self.unknown_key("global", key, at, valued),
            }
        }
        self.push(SectionKind::Global, global.to_bytes())
    }

    fn pool(&mut self) -> Res<()> {
        let index = self.count(SectionKind::Pool)?;
        self.index(index)?;
        let value = self.number("")?;
        self.push(SectionKind::Pool, Pool { value }.to_bytes())
    }

    fn elem(&mut self) -> Res<()> {
        let index = self.count(SectionKind::Elem)?;
        self.index(index)?;
        let (mut elem, mut seen, mut typed) = (Elem::default(), vec![], false);
        loop {
            if let Token::Word(word) = self.token
                && !typed
                && (is_number(word) || TYPES.iter().any(|(name, _)| *name == word))
            {
                (elem.ty, typed) = (self.value_type()?, true);
                continue;
            }
            let Some((key, at, valued)) = self.key(&mut seen)? else { break };
            match (key, valued) {
                ("table", true) => elem.table = self.number("")?,
                ("offset", true) => (elem.offset_init, elem.offset) = self.init()?,
                ("reserved", true) => elem.reserved = self.number("")?,
                _ => elem.mode = self.mode("elem", key, at, valued)?,
            }
        }
        if self.token == Token::Word("at") {
            (elem.item, elem.item_len) = self.reference()?;
        } else {
            let mut items = Vec::new();
            self.list(b'[', b']', |p| {
                items.extend(p.item()?.to_bytes());
                Ok(())
            })?;
            (elem.item, elem.item_len) = self.piece(SectionKind::ElemItem, &items)?;
        }
        self.push(SectionKind::Elem, elem.to_bytes())
    }

    /// Mode of a segment, by name or as `mode=…`.
    fn mode(&mut self, statement: &str, key: &str, at: usize, valued: bool) -> Res<u32> {
        if valued && key == "mode" {
            return self.number("");
        }
        match (0..).zip(MODES).find(|(_, name)| *name == key) {
            Some((mode, _)) if !valued => Ok(mode),
            _ => self.unknown_key(statement, key, at, valued),
        }
    }

    fn data(&mut self) -> Res<()> {
        let index = self.count(SectionKind::Data)?;
        self.index(index)?;
        let (mut data, mut seen) = (Data::default(), vec![]);
        while let Some((key, at, valued)) = self.key(&mut seen)? {
            match (key, valued) {
                ("offset", true) => (data.offset_init, data.offset) = self.init()?,
                ("reserved", true) => data.reserved = self.number("")?,
                _ => data.mode = self.mode("data", key, at, valued)?,
            }
        }
        (data.start, data.len) = self.string(SectionKind::Blob)?;
        self.push(SectionKind::Data, data.to_bytes())
    }

    fn export(&mut self) -> Res<()> {
        let (name, name_len) = self.string(SectionKind::Strings)?;
        let (kind, index) = self.kinded(&EXPORT_KINDS, "`f`, `t`, `m` or `g` and an index")?;
        self.push(SectionKind::Export, Export { kind, index, name, name_len }.to_bytes())
    }

    fn func(&mut self) -> Res<()> {
        let index = self.imported(KIND_FUNC).saturating_add(self.count(SectionKind::Func)?);
        self.index(index)?;
        if matches!(self.token, Token::Str(_) | Token::Word("at")) {
            let (name, name_len) = self.string(SectionKind::NameBytes)?;
            self.push(SectionKind::Name, Name { func: index, name, name_len, reserved: 0 }.to_bytes())?;
        }
        let mut func =
            Func { code: self.count(SectionKind::Code)?, leader: self.count(SectionKind::Leader)?, ..Func::default() };
        let (mut code_given, mut leaders_given, mut seen) = (false, false, vec![]);
        while let Some((key, at, valued)) = self.key(&mut seen)? {
            match (key, valued) {
                ("sig", true) => func.sig = self.number("")?,
                ("frame", true) => func.frame = self.number("")?,
                ("depth", true) => func.depth = self.number("")?,
                ("credit", true) => func.credit = self.number("")?,
                ("ref", false) => func.flags |= FUNC_REF,
                ("flags", true) => func.flags = self.number("")?,
                ("reserved", true) => func.reserved = self.number("")?,
                ("code", true) => ((func.code, func.code_len), code_given) = (self.reference()?, true),
                ("leaders", true) => ((func.leader, func.leader_len), leaders_given) = (self.reference()?, true),
                _ => return self.unknown_key("func", key, at, valued),
            }
        }
        self.open = Some(Open { record: func, code_given, leaders_given });
        Ok(())
    }

    /// Ends the function whose body was being read.
    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.builder.section(SectionKind::Func).extend(open.record.to_bytes());
        }
    }

    fn name(&mut self) -> Res<()> {
        let func = self.number("f")?;
        let (name, name_len) = self.string(SectionKind::NameBytes)?;
        let (mut reserved, mut seen) = (0, vec![]);
        while let Some((key, at, valued)) = self.key(&mut seen)? {
            match (key, valued) {
                ("reserved", true) => reserved = self.number("")?,
                _ => return self.unknown_key("name", key, at, valued),
            }
        }
        self.push(SectionKind::Name, Name { func, name, name_len, reserved }.to_bytes())
    }

    fn lines(&mut self) -> Res<()> {
        self.list(b'(', b')', |p| {
            let [pc, wasm] = p.numbers("`word:offset`")?;
            let line = Line { pc, wasm };
            line.write(core::mem::replace(&mut p.last_line, line), p.builder.section(SectionKind::Line));
            Ok(())
        })
    }

    /// Numbers with colons between them, in one word.
    fn numbers<const N: usize>(&mut self, what: &str) -> Res<[u32; N]> {
        let Token::Word(word) = self.token else { return self.expected(what) };
        let mut values = [0; N];
        let mut parts = word.split(':');
        for value in &mut values {
            let part = parts.next().and_then(unsigned).and_then(|value| u32::try_from(value).ok());
            let Some(part) = part else { return self.expected(what) };
            *value = part;
        }
        if parts.next().is_some() {
            return self.expected(what);
        }
        self.advance()?;
        Ok(values)
    }

    fn rest(&mut self) -> Res<()> {
        let at = self.at;
        let name = self.word("the name of a section")?;
        let Some((_, kind)) = RESTS.iter().find(|(rest, _)| *rest == name) else {
            return Err(Fault { at, message: format!("`rest` knows no section `{name}`") });
        };
        let kind = *kind;
        if kind.record_len() == 1 {
            let mut bytes = self.bytes()?;
            self.builder.section(kind).append(&mut bytes);
            return Ok(());
        }
        self.list(b'(', b')', |p| match kind {
            SectionKind::Leader => {
                let what = "`word:height:credit`";
                let [pc, height, credit] = p.numbers(what)?;
                let (Ok(height), Ok(credit)) = (u16::try_from(height), u16::try_from(credit)) else {
                    return p.fail("height and credit are at most 65535");
                };
                p.push(kind, Leader { pc, height, credit }.to_bytes())
            }
            SectionKind::Code => {
                let word = p.number("")?;
                p.push(kind, Code { word }.to_bytes())
            }
            SectionKind::BrTab => {
                let value = p.number("")?;
                p.push(kind, BrTab { value }.to_bytes())
            }
            SectionKind::SigDepth => {
                let depth = p.depth()?;
                p.push(kind, SigDepth { depth }.to_bytes())
            }
            _ => {
                let item = p.item()?;
                p.push(kind, item.to_bytes())
            }
        })
    }
}

/// Whether a word is meant as an unsigned number.
fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// Value of a decimal or `0x` number.
fn unsigned(digits: &str) -> Option<u64> {
    let (digits, radix) = match digits.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    // `from_str_radix` would take a sign.
    digits.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| u64::from_str_radix(digits, radix).ok())?
}
