;;! test = "lower"
;; From slot and accumulator; a constant global is its value.

(module
  (import "env" "imported" (global $imported (mut i32)))
  (global $own (mut i64) (i64.const 5))
  (global $constant i32 (i32.const 1024))
  (func $get (result i64) (global.get $own))
  (func $add (global.set $own (i64.add (global.get $own) (i64.const 1))))
  (func $set (param i64) (global.set $own (local.get 0)))
  (func $set_constant (global.set $own (i64.const 9)))
  (func $is_constant (param i32) (result i32) (i32.add (local.get 0) (global.get $constant)))
  (func $import (global.set $imported (i32.add (global.get $imported) (i32.const 1)))))

;; func 0 "get" sig=1 frame=2 depth=4 credit=3
;;   zero             s0, x1
;;   global_get_n     g1
;;   ret_a
;; func 1 "add" sig=0 frame=1 depth=3 credit=4
;;   global_get       s0, g1
;;   i64_add_si       s0, s0, 1
;;   global_set_a     g1
;;   ret
;; func 2 "set" sig=2 frame=1 depth=3 credit=2
;;   global_set_s     s0, g1
;;   ret
;; func 3 "set_constant" sig=0 frame=1 depth=3 credit=3
;;   const_u          s0, 9
;;   global_set_s     s0, g1
;;   ret
;; func 4 "is_constant" sig=3 frame=2 depth=4 credit=2
;;   i32_add_si_n     s0, 1024
;;   ret_a
;; func 5 "import" sig=0 frame=1 depth=3 credit=18
;;   global_get_import s0, g0
;;   i32_add_ai       s0, 1
;;   global_set_import s0, g0
;;   ret
