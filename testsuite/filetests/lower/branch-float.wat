;;! test = "lower"
;; `!(a < b)` is not `a >= b` for floats: negated conditions have ops of their own.

(module
  (func $lt (param f64 f64) (block (br_if 0 (f64.lt (local.get 0) (local.get 1))) (unreachable)))
  (func $gt (param f64 f64) (block (br_if 0 (f64.gt (local.get 0) (local.get 1))) (unreachable)))
  (func $if_lt (param f64 f64) (if (f64.lt (local.get 0) (local.get 1)) (then (unreachable))))
  (func $if_ge (param f32 f32) (if (f32.ge (local.get 0) (local.get 1)) (then (unreachable))))
  (func $if_eq (param f32 f32) (if (f32.eq (local.get 0) (local.get 1)) (then (unreachable))))
  (func $eqz (param f32 f32)
    (block (br_if 0 (i32.eqz (f32.le (local.get 0) (local.get 1)))) (unreachable)))
  (func $constant (param f64)
    (block (br_if 0 (f64.lt (local.get 0) (f64.const 1.5))) (unreachable))))
