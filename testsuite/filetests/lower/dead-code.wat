;;! test = "lower"
;; What cannot be reached is not lowered.

(module
  (func $after_return (param i32) (result i32)
    (return (local.get 0))
    (i32.add (i32.const 1)))
  (func $constant_condition (param i32) (result i32)
    (if (result i32) (i32.const 0) (then (unreachable)) (else (local.get 0))))
  (func $never (br_if 0 (i32.const 0)))
  (func $always (block (br_if 0 (i32.const 1)) (unreachable)))
  (func $unused_pure (param i32) (drop (i32.mul (local.get 0) (local.get 0)))))
