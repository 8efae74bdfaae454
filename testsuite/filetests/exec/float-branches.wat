;;! test = "exec"
;; Negated conditions on floats, with and without NaN.

(module
  (func (export "if_lt") (param f64 f64) (result i32)
    (if (result i32) (f64.lt (local.get 0) (local.get 1)) (then (i32.const 1)) (else (i32.const 0))))
  (func (export "if_ge") (param f32 f32) (result i32)
    (if (result i32) (f32.ge (local.get 0) (local.get 1)) (then (i32.const 1)) (else (i32.const 0))))
  (func (export "not_gt") (param f64 f64) (result i32)
    (block (br_if 0 (i32.eqz (f64.gt (local.get 0) (local.get 1)))) (return (i32.const 0)))
    (i32.const 1))
  (func (export "if_ne") (param f32 f32) (result i32)
    (if (result i32) (f32.ne (local.get 0) (local.get 1)) (then (i32.const 1)) (else (i32.const 0)))))

;;= invoke "if_lt" 1 2 => 1
;;= invoke "if_lt" 2 1 => 0
;;= invoke "if_lt" 1 1 => 0
;;= invoke "if_lt" nan 1 => 0
;;= invoke "if_ge" 1 2 => 0
;;= invoke "if_ge" 2 1 => 1
;;= invoke "if_ge" 1 1 => 1
;;= invoke "if_ge" nan 1 => 0
;;= invoke "not_gt" 1 2 => 1
;;= invoke "not_gt" 2 1 => 0
;;= invoke "not_gt" 1 1 => 1
;;= invoke "not_gt" nan 1 => 1
;;= invoke "if_ne" 1 2 => 1
;;= invoke "if_ne" 2 1 => 1
;;= invoke "if_ne" 1 1 => 0
;;= invoke "if_ne" nan 1 => 1
