//! Images to text.

use super::{EXPORT_KINDS, IMPORT_KINDS, INITS, MODES, RESTS, Syntax, TYPES, decode, syntax};
use crate::image::{
    BrTab, Code, Data, Elem, ElemItem, FLAG_FLOAT, FUNC_REF, FormatError, Func, Global, Image, Import, KIND_FUNC,
    KIND_GLOBAL, KIND_MEMORY, KIND_TABLE, Leader, MODE_ACTIVE, NO_INDEX, Pool, Records, SectionKind,
};
use crate::isa::{Field, Kind};
use crate::lines::Line;
use crate::op::Words;
use alloc::{format, string::String, vec::Vec};
use core::fmt::{self, Write as _};

/// Longest piece that is repeated in full where records share it, in bytes; it keeps the text
/// linear in the image.
const REPEAT_MAX: u64 = 256;
/// Bytes of a data segment in one line.
const LINE_BYTES: usize = 64;
/// Characters of a name in a comment.
const COMMENT_CHARS: usize = 80;
/// Numbers in one line of a `rest` or of `lines`.
const LINE_NUMBERS: usize = 8;

/// What [`print_func`] shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Height and credit of leaders; the leaders themselves are always shown.
    pub leaders: bool,
    /// The word at which each op stands.
    pub pcs: bool,
    /// Wasm offsets of the line map, as comments.
    pub lines: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { leaders: true, pcs: true, lines: false }
    }
}

/// Prints an image as text that [`super::parse`] turns into the same bytes.
///
/// # Errors
/// The frame of the image is not valid, see [`Image::parse`].
pub fn print(bytes: &[u8]) -> Result<String, FormatError> {
    let image = Image::parse(bytes)?;
    let mut printer = Printer::new(&image);
    printer.image();
    Ok(printer.out)
}

/// Prints one function by its index (imports first), for people.
pub fn print_func(image: &Image<'_>, index: u32, options: Options) -> String {
    let mut printer = Printer::new(image);
    printer.options = options;
    let defined = index.checked_sub(printer.imported(KIND_FUNC));
    if let Some(func) = defined.and_then(|defined| image.funcs().get(defined)) {
        // Pieces of this function alone: they stand where the function says.
        (printer.code_run.next, printer.leader_run.next) = (func.code.into(), func.leader.into());
        printer.arms_from_op = true;
        let name = image.func_name(index).map(|name| quoted(name.as_bytes(), true));
        printer.func(index, &func, name.as_deref());
    } else if defined.is_none() {
        let mut imports = image.imports().iter().enumerate().filter(|(_, import)| import.kind == KIND_FUNC);
        if let Some((at, import)) = usize::try_from(index).ok().and_then(|nth| imports.nth(nth)) {
            printer.strings.free = true;
            printer.import(at, &import, None);
        }
    } else {
        printer.put(format_args!("; no function {index}\n"));
    }
    printer.out
}

/// Disassembles one op; words that are none become a `.word`. The second word of a one-word op is
/// not looked at.
pub fn op(words: Words) -> String {
    match decode(words.first, Some(words.ext)) {
        Some((row, words)) => {
            let mut out = String::from(row.name);
            for (i, field) in row.fields.iter().enumerate() {
                out.push_str(if i == 0 { " " } else { ", " });
                operand(&mut out, field.kind, words.get(field.at));
            }
            out
        }
        None if words.ext == 0 => format!(".word {:#018x}", words.first),
        None => format!(".word {:#018x}, {:#018x}", words.first, words.ext),
    }
}

/// How far the records so far cover a section, in records; what [`super::parse`] will have built.
#[derive(Clone, Copy, Default)]
struct Run {
    next: u64,
    /// Pieces may stand anywhere: the text is not for the parser.
    free: bool,
}

/// How a piece of a section is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// In full: it goes where the pieces so far end.
    Here,
    /// In full with its place: it repeats what stands there.
    Again,
    /// By place and length only.
    Ref,
}

impl Run {
    fn take(&mut self, start: u32, len: u64, total: u64) -> Piece {
        let end = u64::from(start).saturating_add(len);
        if end <= total && (self.next == u64::from(start) || self.free) {
            self.next = end;
            Piece::Here
        } else if end <= self.next && end <= total && len <= REPEAT_MAX {
            Piece::Again
        } else {
            Piece::Ref
        }
    }

    /// Like `take`, for pieces that cannot be repeated.
    fn take_once(&mut self, start: u32, len: u32, total: u32) -> bool {
        let here = u64::from(start) == self.next && self.next.saturating_add(len.into()) <= total.into();
        if here {
            self.next = self.next.saturating_add(len.into());
        }
        here
    }
}

struct Printer<'i, 'a> {
    out: String,
    image: &'i Image<'a>,
    /// Imports by kind.
    imported: [u32; IMPORT_KINDS.len()],
    code: Records<'a, Code>,
    leaders: Records<'a, Leader>,
    arms: Records<'a, BrTab>,
    pool: Records<'a, Pool>,
    options: Options,
    types: Run,
    strings: Run,
    name_bytes: Run,
    /// Bytes of the line map so far.
    line_bytes: u64,
    items: Run,
    blob: Run,
    code_run: Run,
    leader_run: Run,
    arm_run: Run,
    /// The next branch table says where `arm_run` starts.
    arms_from_op: bool,
    /// Next record of NAME.
    name: u32,
    /// Comments of the line under construction.
    comment: String,
}

impl<'i, 'a> Printer<'i, 'a> {
    fn new(image: &'i Image<'a>) -> Self {
        let mut imported = [0; IMPORT_KINDS.len()];
        for import in image.imports().iter() {
            if let Some(count) = usize::try_from(import.kind).ok().and_then(|kind| imported.get_mut(kind)) {
                *count += 1;
            }
        }
        Printer {
            out: String::new(),
            image,
            imported,
            code: image.code(),
            leaders: image.leaders(),
            arms: image.brtabs(),
            pool: image.pool(),
            options: Options::default(),
            types: Run::default(),
            strings: Run::default(),
            name_bytes: Run::default(),
            line_bytes: 0,
            items: Run::default(),
            blob: Run::default(),
            code_run: Run::default(),
            leader_run: Run::default(),
            arm_run: Run::default(),
            arms_from_op: false,
            name: 0,
            comment: String::new(),
        }
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.out.write_fmt(text);
    }

    /// ` key=value` unless the value is zero.
    fn nonzero(&mut self, key: &str, value: u64) {
        if value != 0 {
            self.put(format_args!(" {key}={value}"));
        }
    }

    /// Number of imports of a kind.
    fn imported(&self, kind: u32) -> u32 {
        usize::try_from(kind).ok().and_then(|kind| self.imported.get(kind)).copied().unwrap_or(0)
    }

    fn image(&mut self) {
        let (image, header) = (self.image, self.image.header);
        let class = if header.class == 0 { "metered" } else { "bounded" };
        self.put(format_args!("image version={} class={class}", header.version));
        if header.flags & FLAG_FLOAT != 0 {
            self.put(format_args!(" float"));
        }
        if header.start != NO_INDEX {
            self.put(format_args!(" start=f{}", header.start));
        }
        let (stack, fuel, capabilities) = (header.stack_claim, header.fuel_claim, header.capabilities);
        self.put(format_args!(" stack={stack} fuel={fuel} capabilities={capabilities:#x}\n"));

        self.sigs();
        let mut func_index = 0;
        for (i, import) in image.imports().iter().enumerate() {
            let name = if import.kind == KIND_FUNC {
                func_index += 1;
                self.own_name(func_index - 1)
            } else {
                None
            };
            self.import(i, &import, name.as_deref());
        }
        let mut index = self.imported(KIND_TABLE);
        for table in image.tables().iter() {
            self.put(format_args!("table {index} {}", Type(table.ty)));
            self.limits(table.flags, table.min, table.max, true);
            self.out.push('\n');
            index += 1;
        }
        index = self.imported(KIND_MEMORY);
        for memory in image.memories().iter() {
            self.put(format_args!("memory {index}"));
            self.limits(memory.flags, memory.min, memory.max, true);
            self.nonzero("reserved", memory.reserved.into());
            self.out.push('\n');
            index += 1;
        }
        index = self.imported(KIND_GLOBAL);
        for Global { ty, mutable, init, value } in image.globals().iter() {
            self.put(format_args!("global {index} {}", Type(ty.into())));
            match mutable {
                0 => {}
                1 => self.put(format_args!(" mut")),
                _ => self.put(format_args!(" mut={mutable}")),
            }
            self.put(format_args!(" init={}\n", Init(init, value)));
            index += 1;
        }
        for (i, pool) in image.pool().iter().enumerate() {
            self.put(format_args!("pool {i} {:#x}\n", pool.value));
        }
        for (i, elem) in image.elems().iter().enumerate() {
            self.elem(i, &elem);
        }
        for (i, data) in image.datas().iter().enumerate() {
            self.data(i, &data);
        }
        for export in image.exports().iter() {
            self.put(format_args!("export "));
            self.string(SectionKind::Strings, export.name, export.name_len, |p| &mut p.strings);
            match usize::try_from(export.kind).ok().and_then(|kind| EXPORT_KINDS.get(kind)) {
                Some(prefix) => self.put(format_args!(" {prefix}{}\n", export.index)),
                None => self.put(format_args!(" ?{}:{}\n", export.kind, export.index)),
            }
        }
        for func in image.funcs().iter() {
            let name = self.own_name(func_index);
            self.func(func_index, &func, name.as_deref());
            func_index += 1;
        }
        while let Some(name) = image.names().get(self.name) {
            self.name += 1;
            self.put(format_args!("name f{} ", name.func));
            self.string(SectionKind::NameBytes, name.name, name.name_len, |p| &mut p.name_bytes);
            self.nonzero("reserved", name.reserved.into());
            self.out.push('\n');
        }
        self.lines();
        for (name, kind) in RESTS {
            self.rest(name, kind);
        }
    }

    /// The lines up to one that would be written otherwise.
    fn lines(&mut self) {
        let (section, mut map, mut last) = (self.image.section(SectionKind::Line), Vec::new(), Line::default());
        let mut covered = 0;
        let as_written = |line: &Line| {
            line.write(core::mem::replace(&mut last, *line), &mut map);
            let same = section.get(covered..map.len()) == map.get(covered..);
            covered = if same { map.len() } else { covered };
            same
        };
        let lines = self.image.lines().take_while(as_written).map(|line| format!("{}:{:#x}", line.pc, line.wasm));
        self.numbers("lines", lines);
        self.line_bytes = covered as u64;
    }

    fn sigs(&mut self) {
        let image = self.image;
        let (types, depths) = (image.section(SectionKind::SigTypes), image.sig_depths());
        for (i, sig) in (0..).zip(image.sigs().iter()) {
            self.put(format_args!("sig {i} "));
            let len = u64::from(sig.params) + u64::from(sig.results);
            let piece = self.types.take(sig.types, len, types.len() as u64);
            match image.sig_types(&sig) {
                Some(types) if piece != Piece::Ref => {
                    let (params, results) = types.split_at_checked(sig.params.into()).unwrap_or((types, &[]));
                    self.type_list(params);
                    self.put(format_args!(" -> "));
                    self.type_list(results);
                    self.place(piece, sig.types);
                }
                _ => self.put(format_args!("at({}, {}, {})", sig.types, sig.params, sig.results)),
            }
            match depths.get(i) {
                Some(depth) => self.put(format_args!(" depth={}\n", Depth(depth.depth))),
                None => self.out.push('\n'),
            }
        }
    }

    fn type_list(&mut self, types: &[u8]) {
        self.out.push('(');
        for (i, ty) in types.iter().enumerate() {
            self.put(format_args!("{}{}", if i == 0 { "" } else { ", " }, Type((*ty).into())));
        }
        self.out.push(')');
    }

    fn import(&mut self, index: usize, import: &Import, name: Option<&str>) {
        self.put(format_args!("import {index} "));
        match usize::try_from(import.kind).ok().and_then(|kind| IMPORT_KINDS.get(kind)) {
            Some(kind) => self.put(format_args!("{kind} ")),
            None => self.put(format_args!("?{} ", import.kind)),
        }
        self.string(SectionKind::Strings, import.module, import.module_len, |p| &mut p.strings);
        self.out.push(' ');
        self.string(SectionKind::Strings, import.name, import.name_len, |p| &mut p.strings);
        match import.kind {
            KIND_FUNC => self.put(format_args!(" sig={}", import.desc)),
            KIND_TABLE | KIND_GLOBAL => self.put(format_args!(" type={}", Type(import.desc))),
            _ => self.nonzero("desc", import.desc.into()),
        }
        if import.kind == KIND_GLOBAL && import.flags == 1 {
            self.put(format_args!(" mut"));
            self.nonzero("min", import.min.into());
            self.nonzero("max", import.max.into());
        } else {
            self.limits(import.flags, import.min, import.max, matches!(import.kind, KIND_TABLE | KIND_MEMORY));
        }
        self.nonzero("cost", import.cost.into());
        if import.capabilities != 0 {
            self.put(format_args!(" capabilities={:#x}", import.capabilities));
        }
        if let Some(name) = name {
            self.put(format_args!(" name={name}"));
        }
        self.out.push('\n');
    }

    /// Minimum and maximum; with `limited` the flag says whether there is a maximum.
    fn limits(&mut self, flags: u32, min: u32, max: u32, limited: bool) {
        if limited || min != 0 {
            self.put(format_args!(" min={min}"));
        }
        let with_max = max != 0 || (limited && flags == 1);
        if with_max {
            self.put(format_args!(" max={max}"));
        }
        if flags != u32::from(limited && with_max) {
            self.put(format_args!(" flags={flags}"));
        }
    }

    /// Mode of a segment and, as far as it has one, its place.
    fn mode(&mut self, mode: u32, table: Option<u32>, init: u32, offset: u32) {
        match usize::try_from(mode).ok().and_then(|mode| MODES.get(mode)) {
            Some(mode) => self.put(format_args!(" {mode}")),
            None => self.put(format_args!(" mode={mode}")),
        }
        if let Some(table) = table.filter(|table| mode == MODE_ACTIVE || *table != 0) {
            self.put(format_args!(" table={table}"));
        }
        if mode == MODE_ACTIVE || init != 0 || offset != 0 {
            self.put(format_args!(" offset={}", Init(init, offset.into())));
        }
    }

    fn elem(&mut self, index: usize, elem: &Elem) {
        self.put(format_args!("elem {index}"));
        self.mode(elem.mode, Some(elem.table), elem.offset_init, elem.offset);
        self.put(format_args!(" {}", Type(elem.ty)));
        self.nonzero("reserved", elem.reserved.into());
        let items = self.image.elem_items();
        match self.items.take(elem.item, elem.item_len.into(), items.len().into()) {
            Piece::Ref => self.put(format_args!(" at({}, {})", elem.item, elem.item_len)),
            piece => {
                self.put(format_args!(" ["));
                for i in 0..elem.item_len {
                    if i != 0 {
                        self.put(format_args!("{}", if i % 16 == 0 { ",\n  " } else { ", " }));
                    }
                    if let Some(item) = items.get(elem.item.saturating_add(i)) {
                        self.put(format_args!("{}", Item(item)));
                    }
                }
                self.out.push(']');
                self.place(piece, elem.item);
            }
        }
        self.out.push('\n');
    }

    fn data(&mut self, index: usize, data: &Data) {
        self.put(format_args!("data {index}"));
        self.mode(data.mode, None, data.offset_init, data.offset);
        self.nonzero("reserved", data.reserved.into());
        self.out.push(' ');
        self.string(SectionKind::Blob, data.start, data.len, |p| &mut p.blob);
        self.out.push('\n');
    }

    /// Bytes of a section, as a string.
    fn string(&mut self, kind: SectionKind, start: u32, len: u32, run: impl Fn(&mut Self) -> &mut Run) {
        let bytes = self.image.section(kind);
        let piece = run(self).take(start, len.into(), bytes.len() as u64);
        let (from, end) = (start as usize, (start as usize).saturating_add(len as usize)); // CAST: u32 fits usize
        match bytes.get(from..end) {
            Some(bytes) if piece != Piece::Ref => {
                if kind != SectionKind::Blob {
                    quote(&mut self.out, bytes, true);
                } else if bytes.len() <= LINE_BYTES {
                    quote(&mut self.out, bytes, false);
                } else {
                    self.block(bytes);
                }
                self.place(piece, start);
            }
            _ => self.put(format_args!("at({start}, {len})")),
        }
    }

    /// Bytes over several lines.
    fn block(&mut self, bytes: &[u8]) {
        self.out.push('(');
        for line in bytes.chunks(LINE_BYTES) {
            self.out.push_str("\n  ");
            quote(&mut self.out, line, false);
        }
        self.out.push_str("\n)");
    }

    fn place(&mut self, piece: Piece, start: u32) {
        if piece == Piece::Again {
            self.put(format_args!("@{start}"));
        }
    }

    /// Name of a function, if the next record of NAME is its own and can stand on its line.
    fn own_name(&mut self, func: u32) -> Option<String> {
        let name = self.image.names().get(self.name).filter(|name| name.func == func && name.reserved == 0)?;
        self.name += 1;
        let out = core::mem::take(&mut self.out);
        self.string(SectionKind::NameBytes, name.name, name.name_len, |p| &mut p.name_bytes);
        Some(core::mem::replace(&mut self.out, out))
    }

    fn func(&mut self, index: u32, func: &Func, name: Option<&str>) {
        self.put(format_args!("func {index}"));
        if let Some(name) = name {
            self.put(format_args!(" {name}"));
        }
        let (sig, frame, depth, credit) = (func.sig, func.frame, func.depth, func.credit);
        self.put(format_args!(" sig={sig} frame={frame} depth={depth} credit={credit}"));
        match func.flags {
            0 => {}
            FUNC_REF => self.put(format_args!(" ref")),
            flags => self.put(format_args!(" flags={flags}")),
        }
        self.nonzero("reserved", func.reserved.into());
        let code_here = self.code_run.take_once(func.code, func.code_len, self.code.len());
        if !code_here {
            self.put(format_args!(" code=at({}, {})", func.code, func.code_len));
        }
        let leaders_here = self.leader_run.take_once(func.leader, func.leader_len, self.leaders.len());
        if !leaders_here {
            self.put(format_args!(" leaders=at({}, {})", func.leader, func.leader_len));
        }
        self.out.push('\n');
        let end = if code_here { func.code_len } else { 0 };
        self.body(func, end, if leaders_here { func.leader_len } else { 0 });
    }

    /// Leaders and ops of a function, in the order of their words.
    fn body(&mut self, func: &Func, end: u32, leader_len: u32) {
        let (mut pc, mut above) = (0, 0);
        let mut lines = self.image.lines();
        loop {
            while above < leader_len {
                let Some(leader) = self.leaders.get(func.leader.saturating_add(above)) else { break };
                if leader.pc > pc && pc < end {
                    break;
                }
                self.put(format_args!("@{above}"));
                if leader.pc != pc {
                    self.put(format_args!(" pc={}", leader.pc));
                }
                if self.options.leaders {
                    self.put(format_args!(" h={} credit={}", leader.height, leader.credit));
                }
                self.out.push('\n');
                above += 1;
            }
            if pc >= end {
                return;
            }
            let at = func.code.saturating_add(pc);
            let Some(Code { word }) = self.code.get(at) else { return };
            let next = if end - pc > 1 { self.code.get(at.saturating_add(1)) } else { None };
            if self.options.pcs {
                self.put(format_args!("{pc:>6}  "));
            } else {
                self.out.push_str("  ");
            }
            match decode(word, next.map(|next| next.word)) {
                Some((row, words)) => {
                    self.op(row.name, row.fields, words, above);
                    pc += u32::from(row.words);
                }
                None => {
                    self.put(format_args!("{:<16} {word:#018x}", ".word"));
                    pc += 1;
                }
            }
            if self.options.lines
                && let Some(offset) = lines.at(at)
            {
                self.remark(format_args!("wasm {offset:#x}"));
            }
            if !self.comment.is_empty() {
                self.out.push_str("  ; ");
                self.out.push_str(&self.comment);
                self.comment.clear();
            }
            self.out.push('\n');
        }
    }

    /// Adds to the comment of the line.
    fn remark(&mut self, text: fmt::Arguments<'_>) {
        if !self.comment.is_empty() {
            self.comment.push_str(", ");
        }
        // Writing to a string does not fail.
        let _ = self.comment.write_fmt(text);
    }

    /// One op; `above` is the number of leaders of its function up to here.
    fn op(&mut self, name: &str, fields: &[Field], words: Words, above: u32) {
        if fields.is_empty() {
            self.out.push_str(name);
        } else {
            self.put(format_args!("{name:<16} "));
        }
        for (i, field) in fields.iter().enumerate() {
            if i != 0 {
                self.out.push_str(", ");
            }
            let raw = words.get(field.at);
            match syntax(field.kind) {
                Syntax::Leader => self.leader(raw, above),
                Syntax::Arms => self.arms(raw),
                Syntax::Own(prefix, kind) => {
                    let index = u64::from(raw) + u64::from(self.imported(kind));
                    self.put(format_args!("{prefix}{index}"));
                }
                _ => operand(&mut self.out, field.kind, raw),
            }
            match field.kind {
                Kind::Pool => {
                    if let Some(pool) = self.pool.get(raw) {
                        self.put(format_args!("={:#x}", pool.value));
                    }
                }
                Kind::Func => self.func_remark(raw.saturating_add(self.imported(KIND_FUNC))),
                Kind::FuncRef | Kind::Import => self.func_remark(raw),
                _ => {}
            }
        }
    }

    /// A relative leader by its index.
    fn leader(&mut self, raw: u32, above: u32) {
        let delta = raw as u16 as i16; // CAST: a 16-bit field, signed
        match i64::from(above) + i64::from(delta) {
            target if target >= 0 => self.put(format_args!("@{target}")),
            _ => self.put(format_args!("@{delta:+}")),
        }
    }

    fn arms(&mut self, start: u32) {
        if core::mem::take(&mut self.arms_from_op) {
            self.arm_run.next = start.into();
        }
        let arms = self.arms;
        let len = arms.get(start).and_then(|n| n.value.checked_add(2));
        match len {
            Some(len) if self.arm_run.take_once(start, len, arms.len()) => {
                self.out.push('[');
                for i in 1..len {
                    if let Some(arm) = arms.get(start.saturating_add(i)) {
                        self.put(format_args!("{}@{}", if i == 1 { "" } else { ", " }, arm.value));
                    }
                }
                self.out.push(']');
            }
            _ => self.put(format_args!("brtab[{start}]")),
        }
    }

    /// Remarks the name of a function, from NAME or of its import.
    fn func_remark(&mut self, func: u32) {
        let image = self.image;
        if let Some(name) = image.func_name(func) {
            comment_name(&mut self.comment, name.as_bytes());
        } else if let Some(import) = image.imports().get(func).filter(|import| import.kind == KIND_FUNC) {
            // Functions come first among the imports.
            let module = image.string(import.module, import.module_len);
            let name = image.string(import.name, import.name_len);
            if let (Some(module), Some(name)) = (module, name) {
                comment_name(&mut self.comment, module);
                self.comment.push('.');
                comment_name(&mut self.comment, name);
            }
        }
    }

    /// The part of a section that no record covered.
    fn rest(&mut self, name: &str, kind: SectionKind) {
        let image = self.image;
        let covered = match kind {
            SectionKind::SigTypes => self.types.next,
            SectionKind::Leader => self.leader_run.next,
            SectionKind::Code => self.code_run.next,
            SectionKind::BrTab => self.arm_run.next,
            SectionKind::SigDepth => image.sigs().len().into(),
            SectionKind::ElemItem => self.items.next,
            SectionKind::Blob => self.blob.next,
            SectionKind::Strings => self.strings.next,
            SectionKind::NameBytes => self.name_bytes.next,
            SectionKind::Line => self.line_bytes,
            _ => return,
        };
        let Ok(covered) = usize::try_from(covered) else { return };
        let name = format!("rest {name}");
        match kind {
            SectionKind::Leader => {
                let text = |l: Leader| format!("{}:{}:{}", l.pc, l.height, l.credit);
                self.numbers(&name, image.leaders().iter().skip(covered).map(text));
            }
            SectionKind::Code => {
                self.numbers(&name, image.code().iter().skip(covered).map(|c| format!("{:#018x}", c.word)));
            }
            SectionKind::BrTab => {
                self.numbers(&name, image.brtabs().iter().skip(covered).map(|b| format!("{}", b.value)));
            }
            SectionKind::SigDepth => {
                self.numbers(&name, image.sig_depths().iter().skip(covered).map(|d| format!("{}", Depth(d.depth))));
            }
            SectionKind::ElemItem => {
                self.numbers(&name, image.elem_items().iter().skip(covered).map(|i| format!("{}", Item(i))));
            }
            _ => {
                let bytes = image.section(kind).get(covered..).unwrap_or(&[]);
                if !bytes.is_empty() {
                    self.put(format_args!("{name} "));
                    self.block(bytes);
                    self.out.push('\n');
                }
            }
        }
    }

    /// Numbers in lines, if there are any.
    fn numbers(&mut self, name: &str, values: impl Iterator<Item = String>) {
        let mut any = false;
        for (i, value) in values.enumerate() {
            if i == 0 {
                self.put(format_args!("{name} ("));
                any = true;
            }
            self.out.push_str(if i % LINE_NUMBERS == 0 { "\n  " } else { " " });
            self.out.push_str(&value);
        }
        if any {
            self.out.push_str("\n)\n");
        }
    }
}

/// An operand as far as it can be printed without an image.
fn operand(out: &mut String, kind: Kind, raw: u32) {
    let signed = raw as u16 as i16; // CAST: for 16-bit fields, signed
    // Writing to a string does not fail.
    let _ = match syntax(kind) {
        Syntax::Number(prefix) => write!(out, "{prefix}{raw}"),
        Syntax::Own(prefix, _) => write!(out, "{prefix}+{raw}"),
        Syntax::Signed => write!(out, "{signed}"),
        Syntax::Bits if raw >= 1 << 31 => write!(out, "{raw:#x}"),
        Syntax::Bits => write!(out, "{raw}"),
        Syntax::Leader => write!(out, "@{signed:+}"),
        Syntax::Pool => write!(out, "pool[{raw}]"),
        Syntax::Arms => write!(out, "brtab[{raw}]"),
    };
}

/// A value type; by number if it has no name.
struct Type(u32);

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match TYPES.iter().find(|(_, code)| u32::from(*code) == self.0) {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

/// A depth or [`NO_INDEX`].
struct Depth(u32);

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == NO_INDEX { f.write_str("none") } else { write!(f, "{}", self.0) }
    }
}

/// An initial value: kind and number.
struct Init(u32, u64);

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match usize::try_from(self.0).ok().and_then(|kind| INITS.get(kind)) {
            Some(&"") if self.1 >= 1 << 31 => write!(f, "{:#x}", self.1),
            Some(prefix) => write!(f, "{prefix}{}", self.1),
            None => write!(f, "?{}:{}", self.0, self.1),
        }
    }
}

/// A reference of an element segment.
struct Item(ElemItem);

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ElemItem { init: 0, index: 0 } => f.write_str("null"),
            ElemItem { init, index } => Init(init, index.into()).fmt(f),
        }
    }
}

/// Appends a string literal. `names` keeps letters outside ASCII; everything else that could
/// confuse a terminal or a reader is escaped.
fn quote(out: &mut String, bytes: &[u8], names: bool) {
    out.push('"');
    escape(out, bytes, names);
    out.push('"');
}

/// A string literal.
fn quoted(bytes: &[u8], names: bool) -> String {
    let mut out = String::new();
    quote(&mut out, bytes, names);
    out
}

/// Appends the start of a name without quotes, for comments.
fn comment_name(out: &mut String, name: &[u8]) {
    match core::str::from_utf8(name) {
        Ok(text) => text.chars().take(COMMENT_CHARS).for_each(|c| escape_char(out, c)),
        Err(_) => escape(out, name.get(..COMMENT_CHARS).unwrap_or(name), false),
    }
}

fn escape(out: &mut String, bytes: &[u8], names: bool) {
    match core::str::from_utf8(bytes) {
        Ok(text) if names => text.chars().for_each(|c| escape_char(out, c)),
        _ => bytes.iter().for_each(|b| escape_byte(out, *b)),
    }
}

fn escape_char(out: &mut String, c: char) {
    if !c.is_ascii() && c.is_alphanumeric() {
        out.push(c);
    } else {
        c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| escape_byte(out, b));
    }
}

fn escape_byte(out: &mut String, byte: u8) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\t' => out.push_str("\\t"),
        b'\r' => out.push_str("\\r"),
        b' '..=b'~' => out.push(char::from(byte)),
        _ => {
            let digit = |v: u8| char::from_digit(v.into(), 16).unwrap_or('0');
            out.extend(['\\', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}
