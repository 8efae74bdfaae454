;;! test = "exec"
;; Counted loops whose step, comparison and branch are one op.

(module
  (func (export "sum") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (loop $l
      (local.set $sum (i32.add (local.get $sum) (local.get $i)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum))
  (func (export "wraps") (param $i i32) (result i32) (local $turns i32)
    (loop $l
      (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
      (br_if $l (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 0))))
    (local.get $turns))
  (func (export "own_limit") (param $n i32) (result i32)
    (loop $l (br_if $l (i32.ne (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $n))))
    (local.get $n))
  (func (export "endless") (loop (br 0))))

;;= invoke "sum" 10 => 45
;;= invoke "sum" 0 => 0
;;= invoke "wraps" -3 => 3
;;= invoke "wraps" 2147483647 => trap out of fuel
;;= invoke "own_limit" 5 => 6
;;= invoke "endless" => trap out of fuel
