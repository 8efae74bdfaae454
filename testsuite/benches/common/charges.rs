//! What a run costs, as opposed to what it is charged.
//!
//! The fuel charged is an upper bound: a charge covers the dearest way to the next one. To get the
//! cost itself, the image is rewritten so that each stretch of straight code charges exactly its own
//! cost: every leader claims a credit of 1, and a stretch of cost W starts with
//!
//! ```text
//! fuel W+1        ; takes the 1 for itself, tops 0 up to W+1; the stretch leaves 1
//! ```
//!
//! (`fuel W` if it ends the function). The `fuel` ops put in are paid as well, so a second image has
//! one more of them in each stretch, `fuel 1`: A = cost + stretches, B = cost + 2 stretches, and the
//! cost is 2A - B. The `fuel` ops of the original are kept at their own cost, but top up nothing.

use super::{Instance, Result, cervus::Cervus};
use kengine::{
    Mode,
    image::{Image, Leader, SectionKind, write::ImageBuilder},
    isa::{At, Effects, Kind},
    op::{Op, Words},
};

/// Cost up to which code is one stretch; must be below the checker's POLL_MAX.
const STRETCH: u32 = 2000;

/// Executed cost of `run(n)`.
///
/// # Errors
/// The image is broken, or too long for the branches once it is rewritten.
pub(crate) fn executed(image: &[u8], n: i32) -> Result<u64> {
    let cost = |extra| {
        let image = rewrite(image, extra).ok_or("the image cannot be rewritten")?;
        charged(&mut Cervus::from_image(image, Mode::default())?, n)
    };
    Ok(2 * cost(0)? - cost(1)?)
}

/// Fuel of `run(n)`, the second time: the first may have grown memory, which costs.
///
/// # Errors
/// The guest trapped.
pub(crate) fn charged(engine: &mut Cervus, n: i32) -> Result<u64> {
    engine.run(n)?;
    let before = engine.charged();
    engine.run(n)?;
    Ok(engine.charged() - before)
}

/// One function's code.
struct Body {
    words: Vec<u64>,
    /// New place of each leader.
    leaders: Vec<u32>,
}

fn rewrite(bytes: &[u8], extra: usize) -> Option<Vec<u8>> {
    let image = Image::parse(bytes).ok()?;
    let mut out = ImageBuilder::default();
    out.header = image.header;
    for kind in SectionKind::ALL {
        if !matches!(kind, SectionKind::Func | SectionKind::Leader | SectionKind::Code | SectionKind::Line) {
            *out.section(*kind) = image.section(*kind).to_vec();
        }
    }
    let mut code_words = 0;
    for func in image.funcs().iter() {
        let words = words(&image, func.code, func.code_len)?;
        let leaders: Option<Vec<Leader>> = (0..func.leader_len).map(|i| image.leaders().get(func.leader + i)).collect();
        let leaders = leaders?;
        let body = body(&image, &words, &leaders, extra)?;
        let code_len = u32::try_from(body.words.len()).ok()?;
        for word in body.words {
            out.section(SectionKind::Code).extend(word.to_le_bytes());
        }
        for (leader, pc) in leaders.iter().zip(body.leaders) {
            out.push(SectionKind::Leader, Leader { pc, credit: 1, ..*leader }.to_bytes());
        }
        let func = kengine::image::Func { code: code_words, code_len, credit: 1, ..func };
        out.push(SectionKind::Func, func.to_bytes());
        code_words += code_len;
    }
    out.finish()
}

fn words(image: &Image<'_>, start: u32, len: u32) -> Option<Vec<u64>> {
    let code = image.section(SectionKind::Code).as_chunks::<8>().0;
    let words = code.get(start as usize..)?.get(..len as usize)?;
    Some(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}

fn body(image: &Image<'_>, words: &[u64], leaders: &[Leader], extra: usize) -> Option<Body> {
    let mut body = Body { words: Vec::new(), leaders: Vec::new() };
    // The stretch so far: its words, its cost.
    let (mut stretch, mut cost): (Vec<u64>, u32) = (Vec::new(), 0);
    let flush = |body: &mut Body, stretch: &mut Vec<u64>, cost: &mut u32, leaves: bool| {
        if !stretch.is_empty() {
            body.words.extend((0..extra).map(|_| fuel(1)));
            body.words.push(fuel(*cost + u32::from(!leaves)));
            body.words.append(stretch);
            *cost = 0;
        }
    };
    let (mut pc, mut next) = (0, leaders.iter().peekable());
    while let Some(first) = words.get(pc) {
        if next.next_if(|leader| leader.pc as usize == pc).is_some() {
            flush(&mut body, &mut stretch, &mut cost, false);
            body.leaders.push(u32::try_from(body.words.len()).ok()?);
        }
        let op = Op::from_u16(Words { first: *first, ext: 0 }.code())?;
        let row = op.row();
        let ext = if row.words == 2 { *words.get(pc + 1)? } else { 0 };
        pc += usize::from(row.words);
        let mut words = Words { first: *first, ext };
        let field = |kind| row.field(kind).map(|f| words.get(f.at));
        let host = field(Kind::Import).and_then(|f| image.imports().get(f)).map_or(0, |import| import.cost);
        cost += row.cost(field(Kind::Count).unwrap_or(0), host);
        if op == Op::Fuel {
            words = Words::new(op);
            words.set(row.field(Kind::Fuel)?.at, 1);
        }
        stretch.push(words.first);
        if row.words == 2 {
            stretch.push(words.ext);
        }
        let branches = row.fields.iter().any(|f| matches!(f.kind, Kind::Leader16 | Kind::Leader32 | Kind::BrTable));
        let leaves = row.effects.contains(Effects::TERMINATOR) && !branches;
        if branches || leaves || cost > STRETCH {
            flush(&mut body, &mut stretch, &mut cost, leaves);
        }
    }
    Some(body)
}

fn fuel(amount: u32) -> u64 {
    let mut words = Words::new(Op::Fuel);
    let at = Op::Fuel.row().field(Kind::Fuel).map_or(At::A, |f| f.at);
    words.set(at, amount);
    words.first
}
