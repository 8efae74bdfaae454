//! From the op buffer to words: fuel placement, leaders, branch encoding.
//!
//! This is the one place that decides where fuel is charged. Going backward over a function, `need`
//! is the credit that must be at hand to get from here to the next charge or the function's end. A
//! backward branch charges, so every loop pays for each turn; a forward branch is plain and its need
//! is its target's. Where the need at a leader grows past [`CAP`], or past what the checker allows in
//! straight code, a `fuel` op is put in. The need at entry is the function's credit.

use crate::{
    chunk::Chunk,
    emit::{Emitter, Inst, Label, NO_TARGET},
    error::{Error, Result},
};
use kengine::{
    image::Leader,
    isa::{At, Effects, Kind, POLL_MAX},
    op::{Op, Row, Words},
};

/// Credit that a leader may demand before it gets a `fuel` op of its own: small enough that little is
/// charged in vain when a function is left early, large enough that the extra op does not matter.
const CAP: u32 = 256;

/// A conditional branch whose ways on differ by more than this lets the dearer one pay for itself: a
/// leader's credit is what its dearest way needs, and what a cheaper way leaves of it is lost at the
/// next leader.
const SKEW: u32 = 48;

/// Distance in words that the short branch forms are used up to; the checker allows 10,922, and fuel
/// ops that are put in later may add one word in [`CAP`].
const NEAR: u32 = 10_000;

/// A call in the final code, for [`crate::depth`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallSite {
    /// Word in CODE.
    pub(crate) word: u32,
    /// Base of the window.
    pub(crate) base: u32,
    pub(crate) callee: Callee,
}

/// Whom a call may reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Callee {
    /// A function, by its index among those defined.
    Func(u32),
    /// Any referenced function of a signature.
    Sig(u32),
}

/// What a function needs besides its code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placed {
    pub(crate) code: u32,
    pub(crate) code_len: u32,
    pub(crate) leader: u32,
    pub(crate) leader_len: u32,
    pub(crate) credit: u32,
    pub(crate) frame: u32,
    pub(crate) calls: Vec<CallSite>,
    pub(crate) floats: bool,
}

/// Cost of an op; `import_costs` by imported function.
#[inline]
fn cost(inst: &Inst, row: &Row, import_costs: &[u32]) -> u32 {
    const ADDS: u32 = Kind::bits(&[Kind::Import, Kind::Count]);
    if row.kinds & ADDS == 0 {
        return row.cost(0, 0);
    }
    let field = |kind| row.field(kind).map(|f| inst.words.get(f.at));
    let host = field(Kind::Import).and_then(|func| import_costs.get(func as usize)).copied().unwrap_or(0);
    row.cost(field(Kind::Count).unwrap_or(0), host)
}

/// What stands right before an op; nothing before most.
#[derive(Clone, Copy, Debug, Default)]
struct Spot {
    /// The leader there, counted from the function's last, which is 1; 0 if there is none.
    leader: u32,
    /// Its height.
    height: u16,
    /// Credit that it demands.
    credit: u16,
    /// Fuel to top up to; 0 if it is not.
    fuel: u16,
}

/// Buffers that are used again from function to function.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// By op, and behind the last.
    spots: Vec<Spot>,
}

/// Writes a function to the chunk.
pub(crate) fn place(
    em: &mut Emitter,
    scratch: &mut Scratch,
    chunk: &mut Chunk,
    import_costs: &[u32],
    func: u32,
) -> Result<()> {
    stretch(em, func)?;
    let spots = &mut scratch.spots;
    spots.clear();
    spots.resize(em.insts.len() + 1, Spot::default());
    // Leaders: positions that a branch goes to.
    for label in em.labels.iter().filter(|l| l.used) {
        let Some(spot) = spots.get_mut(label.at as usize) else {
            return Err(Error::Internal { func, what: "a branch to a label that is nowhere" });
        };
        spot.height = if spot.leader == 0 { label.height } else { spot.height.min(label.height) };
        spot.leader = 1;
    }
    let paid = pay(em, spots, import_costs, func)?;
    let placed = write(em, spots, paid, chunk);
    chunk.placed.push(placed);
    Ok(())
}

/// What [`pay`] has found out about the function.
#[derive(Clone, Copy, Debug)]
struct Paid {
    /// Credit demanded at its entry.
    entry: u32,
    /// Leaders.
    leaders: u32,
}

/// Numbers the leaders, lets branches charge and says where fuel is topped up.
#[inline(never)]
fn pay(em: &mut Emitter, spots: &mut [Spot], import_costs: &[u32], func: u32) -> Result<Paid> {
    let Emitter { insts, labels, tables, .. } = em;
    let at = |label: u32| labels[label as usize].at as usize;
    let poll_max = u32::from(POLL_MAX);
    // Need right before op i + 1.
    let mut need = 0;
    let mut leaders = 0;
    for (i, inst) in insts.iter_mut().enumerate().rev() {
        let row = inst.op.row();
        let weight = cost(inst, row, import_costs);
        let falls_through = !row.effects.contains(Effects::TERMINATOR);
        let mut after = if falls_through { need } else { 0 };
        // Need of the plain edges out of this op.
        let mut edges = 0;
        if inst.target == NO_TARGET {
        } else if row.has(Kind::BrTable) {
            let arms = &tables[inst.target as usize];
            if arms.iter().any(|arm| at(arm.0) <= i) {
                make_paying(inst, func)?;
            } else {
                edges = arms.iter().map(|arm| u32::from(spots[at(arm.0)].credit)).max().unwrap_or(0);
            }
        } else {
            let target = at(inst.target);
            if target <= i {
                make_paying(inst, func)?;
            } else {
                edges = spots[target].credit.into();
                if falls_through && edges > after + SKEW && pays(inst) {
                    make_paying(inst, func)?;
                    edges = 0;
                } else if falls_through && after > edges + SKEW {
                    let next = &mut spots[i + 1];
                    next.fuel = after as u16; // CAST: at most POLL_MAX
                    after = FUEL_COST;
                    if next.leader != 0 {
                        next.credit = FUEL_COST as u16;
                    }
                }
            }
        }
        let mut most = after.max(edges);
        if weight + most > poll_max - CAP {
            if weight > poll_max - CAP {
                let (got, limit) = (weight.into(), (poll_max - CAP).into());
                return Err(Error::Limit { what: "cost of one op", got, limit, func: Some(func) });
            }
            if weight + most > poll_max {
                // Straight code too long: top up after this op, so that only its edges count.
                spots[i + 1].fuel = after as u16; // CAST: at most POLL_MAX
                most = edges.max(FUEL_COST);
            }
        }
        need = weight + most;
        let spot = &mut spots[i];
        if spot.leader != 0 {
            leaders += 1;
            spot.leader = leaders;
            if need > CAP {
                if spot.fuel == 0 {
                    spot.fuel = need as u16; // CAST: at most POLL_MAX
                }
                need = FUEL_COST;
            }
            spot.credit = need as u16; // CAST: at most CAP
        }
    }
    Ok(Paid { entry: need, leaders })
}

/// Cost of a `fuel` op itself.
const FUEL_COST: u32 = 1;

/// Whether the branch can charge.
fn pays(inst: &Inst) -> bool {
    inst.op.paying().is_some() || inst.op.row().effects.contains(Effects::PAY)
}

/// Lets the branch charge.
fn make_paying(inst: &mut Inst, func: u32) -> Result<()> {
    if inst.op.row().effects.contains(Effects::PAY) {
        return Ok(());
    }
    inst.op = inst.op.paying().ok_or(Error::Internal { func, what: "a backward branch without a paying form" })?;
    inst.words.first = (inst.words.first & !0xffff) | inst.op as u64;
    Ok(())
}

/// Lets compare-and-branch ops reach far targets by way of a `br`. Where the accumulator is not needed
/// after the branch, that stands right behind it:
/// `bcc far; …` becomes `bcc near; br next; near: br far; next: …`.
/// Otherwise `near: br far` stands behind the nearest op that is not left downward, because a leader
/// behind the branch would lose the accumulator.
fn stretch(em: &mut Emitter, func: u32) -> Result<()> {
    loop {
        // Ops have at most two words.
        let short = em.insts.len() as u64 * 2 <= u64::from(NEAR)
            || em.insts.iter().map(|inst| u64::from(inst.op.row().words)).sum::<u64>() <= u64::from(NEAR);
        if short {
            return Ok(());
        }
        let mut pcs = Vec::with_capacity(em.insts.len() + 1);
        let mut pc = 0u32;
        for inst in &em.insts {
            pcs.push(pc);
            pc += u32::from(inst.op.row().words);
        }
        pcs.push(pc);
        let far = |i: &usize| {
            let inst = &em.insts[*i];
            inst.target != NO_TARGET && inst.op.row().has(Kind::Leader16) && {
                let target = em.labels[inst.target as usize].at as usize;
                pcs[target].abs_diff(pcs[*i]) > NEAR
            }
        };
        let far: Vec<usize> = (0..em.insts.len()).filter(far).collect();
        if far.is_empty() {
            return Ok(());
        }
        // Behind which op the `br` of each far branch goes.
        let ends: Vec<usize> =
            (0..em.insts.len()).filter(|i| em.insts[*i].op.row().effects.contains(Effects::TERMINATOR)).collect();
        let mut islands: Vec<(usize, usize)> = Vec::new();
        for i in far {
            if acc_is_dead(em, i + 1) {
                islands.push((i, i));
                continue;
            }
            let next = ends.partition_point(|end| *end < i);
            let around = [next.checked_sub(1), Some(next)].into_iter().flatten().filter_map(|n| ends.get(n));
            let nearest = around.min_by_key(|end| pcs[**end].abs_diff(pcs[i]));
            // Far enough inside the reach that the other islands do not push it out.
            match nearest.filter(|end| pcs[**end].abs_diff(pcs[i]) < NEAR / 2) {
                Some(end) => islands.push((*end, i)),
                None => return Err(Error::Internal { func, what: "a far branch with nowhere to go by" }),
            }
        }
        islands.sort_unstable();
        insert_islands(em, &islands);
    }
}

/// Whether the accumulator is set anew before anyone reads it from op `at` on.
fn acc_is_dead(em: &Emitter, at: usize) -> bool {
    for inst in &em.insts[at..] {
        let effects = inst.op.row().effects;
        if effects.contains(Effects::ACC_IN) {
            return false;
        }
        let gone = Effects::ACC_SET | Effects::ACC_CLOBBER | Effects::CALL | Effects::TERMINATOR;
        if effects.intersects(gone) {
            return true;
        }
    }
    true
}

/// Puts in the islands, given as (op behind which it goes, far branch), sorted.
fn insert_islands(em: &mut Emitter, islands: &[(usize, usize)]) {
    let old = std::mem::take(&mut em.insts);
    let mut insts = Vec::with_capacity(old.len() + 2 * islands.len());
    // New index of each old op, and of the `br` of each island.
    let mut moved = Vec::with_capacity(old.len() + 1);
    let mut jumps = Vec::with_capacity(islands.len());
    let mut rest = islands.iter().peekable();
    for (i, inst) in old.iter().enumerate() {
        moved.push(insts.len());
        insts.push(*inst);
        while let Some((_, far)) = rest.next_if(|(after, _)| *after == i) {
            let jump = Inst { op: Op::Br, words: Words::new(Op::Br), ..old[*far] };
            if *far == i {
                // Over the island.
                insts.push(jump);
            }
            jumps.push(insts.len());
            insts.push(jump);
        }
    }
    moved.push(insts.len());
    for label in em.labels.iter_mut().filter(|l| l.at != u32::MAX) {
        label.at = moved[label.at as usize] as u32;
    }
    for ((after, far), jump) in islands.iter().zip(jumps) {
        let branch = moved[*far];
        let target = insts[branch].target;
        let near = em.label();
        bind_at(em, near, jump, em.labels[target as usize].height);
        insts[branch].target = near.0;
        if after == far {
            let next = em.label();
            bind_at(em, next, jump + 1, em.final_height(&insts[branch]));
            insts[jump - 1].target = next.0;
        }
    }
    em.insts = insts;
}

fn bind_at(em: &mut Emitter, label: Label, at: usize, height: u16) {
    let info = &mut em.labels[label.0 as usize];
    info.at = at as u32;
    info.height = height;
    info.used = true;
}

#[inline(never)]
fn write(em: &Emitter, spots: &[Spot], paid: Paid, chunk: &mut Chunk) -> Placed {
    const STOPS: Effects =
        Effects::TRAPS.union(Effects::CALL).union(Effects::PAY).union(Effects::RET).union(Effects::SLOW);
    let mut placed = Placed {
        code: chunk.code.len() as u32,      // CAST: fewer than bytes of an image
        leader: chunk.leaders.len() as u32, // CAST: as above
        leader_len: paid.leaders,
        credit: paid.entry,
        frame: em.frame,
        ..Placed::default()
    };
    chunk.leaders.reserve(paid.leaders as usize);
    // Mostly enough.
    chunk.code.reserve(em.insts.len() + em.insts.len() / 2);
    let mut last_line = None;
    // Leaders at or before the op.
    let mut passed = 0;
    for (inst, spot) in em.insts.iter().zip(spots) {
        let at = chunk.code.len() as u32; // CAST: as above
        let is_leader = spot.leader != 0;
        if is_leader {
            chunk.leaders.push(Leader { pc: at - placed.code, height: spot.height, credit: spot.credit });
            passed += 1;
        }
        if spot.fuel != 0 {
            let mut words = Words::new(Op::Fuel);
            words.put(At::A, spot.fuel.into());
            chunk.code.push(words.first);
        }
        let row = inst.op.row();
        if (is_leader || row.effects.intersects(STOPS)) && last_line != Some(inst.wasm) {
            chunk.line(at, inst.wasm);
            last_line = Some(inst.wasm);
        }
        if let Some(wasm) = inst.second
            && last_line != Some(wasm)
        {
            chunk.line(chunk.code.len() as u32 + 1, wasm); // CAST: as above
            last_line = Some(wasm);
        }
        let mut words = em.final_words(inst, row);
        if row.kinds & NAMED != 0 {
            let names = Names { em, spots, leaders: paid.leaders, passed };
            names.fill_in(inst, &mut words, chunk, &mut placed.calls);
        }
        placed.floats |= row.effects.contains(Effects::FLOAT);
        chunk.code.push(words.first);
        if row.words == 2 {
            chunk.code.push(words.ext);
        }
    }
    placed.code_len = chunk.code.len() as u32 - placed.code; // CAST: as above
    placed
}

/// What fields name whose number is known only now.
struct Names<'a> {
    em: &'a Emitter,
    spots: &'a [Spot],
    /// Leaders of the function, and those at or before the op.
    leaders: u32,
    passed: u32,
}

impl Names<'_> {
    fn leader_of(&self, label: u32) -> u32 {
        self.leaders - self.spots[self.em.labels[label as usize].at as usize].leader
    }

    /// Puts the numbers into the words of an op, which comes next in the chunk, and notes if it is a call.
    #[inline(never)]
    fn fill_in(&self, inst: &Inst, words: &mut Words, chunk: &mut Chunk, calls: &mut Vec<CallSite>) {
        let (mut base, mut callee) = (None, None);
        for field in inst.op.row().fields {
            match field.kind {
                Kind::Leader32 => words.set(field.at, self.leader_of(inst.target)),
                // A two's-complement difference; `stretch` keeps it short.
                Kind::Leader16 => words.set(field.at, self.leader_of(inst.target).wrapping_sub(self.passed)),
                Kind::BrTable => {
                    words.set(field.at, chunk.arms.len() as u32); // CAST: fewer than bytes of an image
                    chunk.naming_arms(field.at);
                    let arms = &self.em.tables[inst.target as usize];
                    chunk.arms.push(arms.len() as u32 - 1);
                    chunk.arms.extend(arms.iter().map(|arm| self.leader_of(arm.0)));
                }
                Kind::Pool => chunk.naming_constant(field.at),
                Kind::CallBase => base = Some(words.get(field.at)),
                Kind::Func => callee = Some(Callee::Func(words.get(field.at))),
                Kind::Sig => callee = Some(Callee::Sig(words.get(field.at))),
                _ => {}
            }
        }
        if let Some((base, callee)) = base.zip(callee) {
            calls.push(CallSite { word: chunk.code.len() as u32, base, callee }); // CAST: as above
        }
    }
}

/// The kinds of fields that name something whose number is known only now, or a call.
const NAMED: u32 = Kind::bits(&[Kind::Leader32, Kind::Leader16, Kind::BrTable, Kind::Pool, Kind::CallBase]);
