;;! test = "lower"
;; Step, comparison and backward branch of a counted loop are one op.

(module
  (func $ne (param $n i32) (local $i i32)
    (loop $l
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.ne (local.get $i) (local.get $n)))))
  (func $tee (param $n i32) (local $i i32)
    (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $n)))))
  (func $constant (local $i i32)
    (loop $l (br_if $l (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100)))))
  (func $down (param $n i32)
    (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $i64 (param $n i64) (local $i i64)
    (loop $l (br_if $l (i64.ne (local.tee $i (i64.add (local.get $i) (i64.const 1))) (local.get $n)))))
  (func $forward (param $n i32) (local $i i32)
    (block $b
      (br_if $b (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))
      (unreachable)))
  (func $limit_steps (param $n i32)
    (loop $l (br_if $l (i32.ne (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $n))))))
