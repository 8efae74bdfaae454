;;! test = "exec"
;; Comparisons with constants at the ends of the range.

(module
  (func (export "le_max") (param i32) (result i32) (i32.le_u (local.get 0) (i32.const -1)))
  (func (export "ge_zero") (param i32) (result i32)
    (if (result i32) (i32.ge_u (local.get 0) (i32.const 0)) (then (i32.const 1)) (else (i32.const 0))))
  (func (export "gt_minus_two") (param i32) (result i32) (i32.gt_u (local.get 0) (i32.const -2)))
  (func (export "ge_min") (param i64) (result i32) (i64.ge_s (local.get 0) (i64.const 0x8000000000000000)))
  (func (export "eq_minus_one") (param i32) (result i32) (i32.eq (local.get 0) (i32.const -1)))
  (func (export "lt_minus_one") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const -1)) (then (i32.const 1)) (else (i32.const 0)))))

;;= invoke "le_max" 0 => 1
;;= invoke "le_max" -1 => 1
;;= invoke "ge_zero" 0 => 1
;;= invoke "ge_zero" -1 => 1
;;= invoke "gt_minus_two" -1 => 1
;;= invoke "gt_minus_two" -2 => 0
;;= invoke "gt_minus_two" 5 => 0
;;= invoke "ge_min" -9223372036854775808 => 1
;;= invoke "eq_minus_one" -1 => 1
;;= invoke "eq_minus_one" 1 => 0
;;= invoke "lt_minus_one" -2 => 1
;;= invoke "lt_minus_one" -1 => 0
;;= invoke "lt_minus_one" 0 => 0
