//! Loop bounds that programs claim: what `verify` sees of them after the optimiser, and what ends a run that breaks one.

use crate::{Ran, cervus, example, repo};
use serde_json::Value;

fn load<'a>(args: impl IntoIterator<Item = &'a str>) -> Ran {
    cervus(["load", "-q", "--engine", "embedded"].into_iter().chain(args))
}

#[test]
fn claimed_bounds_are_enforced() {
    let collatz = example("collatz");
    let bounded = cervus(["verify", &collatz, "--policy", "bounded"]).ok();
    assert!(bounded.contains("350        350") && bounded.contains("claimed"), "{bounded}");
    // The dearest way that the claim allows is not much dearer than the longest one there is.
    let cost = cervus(["verify", &collatz, "--json"]).json()["cost"].as_u64().unwrap();
    let run = load([collatz.as_str(), "--json", "--", "77031"]);
    let end: serde_json::Value = serde_json::from_str(run.out.lines().last().unwrap()).unwrap();
    let used = end["fuel"].as_u64().unwrap();
    assert!(used <= cost && cost < used + used / 20, "{used} of {cost}");
    // One that goes on for 524 steps.
    for fuel in [&[][..], &["--fuel", "1_000_000"]] {
        let args = [collatz.as_str()].into_iter().chain(fuel.iter().copied()).chain(["--", "837799"]);
        let err = load(args.collect::<Vec<_>>()).fails(1);
        assert!(err.contains(&format!("out of fuel: the program claims to need at most {cost} units")), "{err}");
        assert!(err.contains("__app_main") && err.contains("cervus_loop_bound") && !err.contains("--fuel"), "{err}");
    }
    // Less than the claim is the user's limit.
    let err = load([collatz.as_str(), "--fuel", "1000", "--", "77031"]).fails(1);
    assert!(err.contains("the run may use 1000 units") && err.contains("--fuel"), "{err}");
}

/// The claims of `usermode/bounds/examples/claims.rs`, as the compiler leaves them.
#[test]
fn claims_survive_the_optimiser() {
    for level in ["O2", "Oz"] {
        let path = repo(&format!("usermode/bounds/wasm/{level}/claims.wasm"));
        let report = cervus(["verify", &path, "--policy", "bounded", "--json"]).json();
        assert_eq!((&report["verdict"], &report["class"]), (&"accepted".into(), &"bounded".into()), "{level}");
        // By function: bounds of the loops with a claim, outer ones first, with what they come to in one run.
        let claimed = |name: &str| -> Vec<(u64, u64)> {
            let functions = report["functions"].as_array().unwrap();
            let function = functions.iter().find(|f| f["name"] == name).unwrap_or_else(|| panic!("{name}: {report}"));
            let loops = function["loops"].as_array().unwrap().iter().filter(|l| l["method"] == "claim");
            loops.map(|l| (l["bound"].as_u64().unwrap(), l["total"].as_u64().unwrap())).collect()
        };
        assert_eq!(claimed("inlined"), [(120, 120), (350, 350)], "{level}");
        assert_eq!(claimed("nested"), [(130, 130), (140, 131 * 140)], "{level}");
        assert_eq!(claimed("list"), [(63, 63)], "{level}");
        let counted = claimed("counted");
        assert!(matches!(counted[..], [(112, total)] if total <= 51 * 112), "{level}: {counted:?}");

        // What holds is not in the way.
        let cost = |name: &str| -> u64 {
            let functions = report["functions"].as_array().unwrap();
            functions.iter().find(|f| f["name"] == name).and_then(|f| f["cost"].as_u64()).unwrap()
        };
        let run = |args: &[&str]| cervus(["run", &path, "--json", "--invoke"].iter().chain(args).copied());
        for (args, result) in [
            (["inlined", "27", "77031"].as_slice(), 461),
            (&["nested", "27"], 111 * 112 / 2),
            (&["list", "12"], 64),
            (&["list", "99"], 64),
            (&["false_claim", "10"], 10),
        ] {
            let end: Value = run(args).json();
            assert_eq!(end["results"][0]["value"], result, "{level} {args:?}: {end}");
            assert!(end["fuel"].as_u64().unwrap() <= cost(args[0]), "{level} {args:?}: {end}");
        }
        // What does not hold ends the run.
        let ran = run(&["false_claim", "10000000"]);
        assert!(ran.code == Some(1) && ran.err.contains("the program claims to need at most"), "{ran:?}");
        let wrong = run(&["counted", "51"]);
        assert!(wrong.err.contains("trapped: unreachable"), "{wrong:?}");
    }
}
