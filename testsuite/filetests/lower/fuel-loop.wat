;;! test = "lower"
;; A loop pays on its backward edge what a turn costs; an inner one leaves that to itself.

(module
  (func $loop (param i32 i32)
    (loop
    (local.set 0 (i32.mul (local.get 0) (local.get 1)))
    (local.set 0 (i32.mul (local.get 0) (local.get 1)))
    (local.set 0 (i32.mul (local.get 0) (local.get 1)))
      (br_if 0 (local.get 0))))
  (func $nested (param i32 i32)
    (loop
      (loop
    (local.set 0 (i32.mul (local.get 0) (local.get 1)))
    (local.set 0 (i32.mul (local.get 0) (local.get 1)))
        (br_if 0 (local.get 0)))
      (br_if 0 (local.get 1))))
  (func $while (param i32 i32)
    (block $out
      (loop $next
        (br_if $out (i32.eqz (local.get 0)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br $next)))))
