;;! test = "lower"
;; One value from slot, constant or accumulator; more of them side by side.

(module
  (func $none)
  (func $slot (param i32 i32) (result i32) (local.get 1))
  (func $constant (result i64) (i64.const -1))
  (func $acc (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $two (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func $in_place (param i32) (result i32 i32)
    (i32.add (local.get 0) (i32.const 1)) (i32.add (local.get 0) (i32.const 2)))
  (func $early (param i32) (result i32)
    (br_if 0 (i32.const 4) (local.get 0)) (drop) (i32.const 5)))

;; func 0 "none" sig=0 frame=0 depth=2 credit=1
;;   ret
;; func 1 "slot" sig=4 frame=2 depth=4 credit=1
;;   ret_s            s1
;; func 2 "constant" sig=1 frame=1 depth=3 credit=3
;;   zero             s0, x1
;;   const_pool_n     pool[0]=0xffffffffffffffff
;;   ret_a
;; func 3 "acc" sig=2 frame=2 depth=4 credit=2
;;   i32_add_si_n     s0, 1
;;   ret_a
;; func 4 "two" sig=5 frame=4 depth=6 credit=3
;;   copy_then_copy   s2, s1, s3, s0
;;   ret_n            s2, x2
;; func 5 "in_place" sig=3 frame=4 depth=6 credit=4
;;   zero             s1, x1
;;   i32_add_si_then_i32_add_si s2, s0, 1, s3, s0, 2
;;   ret_n            s2, x2
;; func 6 "early" sig=2 frame=1 depth=3 credit=3
;;   br_ifz_s         s0, @0
;;   const_u_n        4
;;   ret_a
;; @0 h=1 credit=2
;;   const_u_n        5
;;   ret_a
