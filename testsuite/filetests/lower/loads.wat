;;! test = "lower"
;; Address from slot and accumulator; far and absolute addresses.

(module
  (memory 2)
  (func $slot (param i32) (result i32) (i32.load offset=65535 (local.get 0)))
  (func $acc (param i32) (result i64) (i64.load16_s (i32.shl (local.get 0) (i32.const 1))))
  (func $far (param i32) (result f64) (f64.load offset=65536 (local.get 0)))
  (func $absolute (result i32) (i32.load8_u offset=16 (i32.const 1024)))
  (func $past_the_end (result i32) (i32.load8_u offset=0xffffffff (i32.const 1)))
  (func $same_op (param i32) (result i64) (i64.load32_u (local.get 0)))
  (func $chain (param i32) (result i32) (i32.load (i32.load (local.get 0)))))

;; func 0 "slot" sig=3 frame=2 depth=4 credit=2
;;   load32_u_s_n     s0, +65535
;;   ret_a
;; func 1 "acc" sig=2 frame=2 depth=4 credit=4
;;   i32_shl_si_n     s0, 1
;;   load16_u_a       s1, +0
;;   extend           s1, s1, 3
;;   ret_a
;; func 2 "far" sig=1 frame=2 depth=4 credit=2
;;   load64_far       s1, s0, +65536
;;   ret_a
;; func 3 "absolute" sig=0 frame=2 depth=4 credit=4
;;   zero             s0, x1
;;   const_u          s1, 1024
;;   load8_u_s_n      s1, +16
;;   ret_a
;; func 4 "past_the_end" sig=0 frame=2 depth=4 credit=4
;;   zero             s0, x1
;;   const_u          s1, 1
;;   load8_u_far      s1, s1, +4294967295
;;   ret_a
;; func 5 "same_op" sig=2 frame=2 depth=4 credit=2
;;   load32_u_s_n     s0, +0
;;   ret_a
;; func 6 "chain" sig=3 frame=2 depth=4 credit=3
;;   load32_u_s_n     s0, +0
;;   load32_u_a_n     +0
;;   ret_a
