;;! test = "lower"
;; As `branch-i32.wat`, for i64.

(module
  (func $if (param i64 i64) (result i64)
    (if (i64.ge_u (local.get 0) (local.get 1)) (then (return (local.get 0))))
    (local.get 1))
  (func $zero (param i64)
    (block (br_if 0 (i64.eqz (local.get 0))) (unreachable)))
  (func $minus_one (param i64)
    (block (br_if 0 (i64.ne (local.get 0) (i64.const -1))) (unreachable)))
  (func $ge_constant (param i64)
    (block (br_if 0 (i64.ge_s (local.get 0) (i64.const 0))) (unreachable)))
  (func $large (param i64)
    (block (br_if 0 (i64.lt_s (local.get 0) (i64.const 0x123456789))) (unreachable))))
