;;! test = "lower"
;; Address and value from slots, accumulator and immediates; far and absolute addresses.

(module
  (memory 2)
  (func $slots (param i32 i32) (i32.store offset=4 (local.get 0) (local.get 1)))
  (func $value_acc (param i32 i64) (i64.store (local.get 0) (i64.add (local.get 1) (i64.const 1))))
  (func $address_acc (param i32 i32) (i32.store8 (i32.add (local.get 0) (i32.const 1)) (local.get 1)))
  (func $immediate (param i32) (i64.store (local.get 0) (i64.const -2)))
  (func $narrow (param i32) (i32.store16 (local.get 0) (i32.const 0xffff)))
  (func $pool (param i32) (f64.store (local.get 0) (f64.const 1.5)))
  (func $far (param i32 i32) (i32.store offset=65536 (local.get 0) (local.get 1)))
  (func $absolute (param i32) (i32.store offset=16 (i32.const 1024) (local.get 0)))
  (func $absolute_constant (i32.store (i32.const 1024) (i32.const 7)))
  (func $same (param i32) (i32.store (local.get 0) (local.get 0)))
  (func $both_computed (param i32 i32)
    (f32.store (i32.add (local.get 0) (i32.const 4)) (f32.convert_i32_s (local.get 1)))))

;; func 0 "slots" sig=3 frame=2 depth=4 credit=2
;;   store32_ss       s0, s1, +4
;;   ret
;; func 1 "value_acc" sig=2 frame=3 depth=5 credit=3
;;   i64_add_si       s2, s1, 1
;;   store64_sa       s0, +0
;;   ret
;; func 2 "address_acc" sig=3 frame=3 depth=5 credit=3
;;   i32_add_si_n     s0, 1
;;   store8_as        s1, +0
;;   ret
;; func 3 "immediate" sig=1 frame=1 depth=3 credit=2
;;   store64_si       s0, -2, +0
;;   ret
;; func 4 "narrow" sig=1 frame=2 depth=4 credit=3
;;   const_u          s1, 65535
;;   store16_ss       s0, s1, +0
;;   ret
;; func 5 "pool" sig=1 frame=2 depth=4 credit=3
;;   const_pool       s1, pool[0]=0x3ff8000000000000
;;   store64_ss       s0, s1, +0
;;   ret
;; func 6 "far" sig=3 frame=2 depth=4 credit=2
;;   store32_far      s0, s1, +65536
;;   ret
;; func 7 "absolute" sig=1 frame=1 depth=3 credit=2
;;   store32_abs      s0, +1040
;;   ret
;; func 8 "absolute_constant" sig=0 frame=1 depth=3 credit=3
;;   const_u          s0, 7
;;   store32_abs      s0, +1024
;;   ret
;; func 9 "same" sig=1 frame=1 depth=3 credit=2
;;   store32_ss       s0, s0, +0
;;   ret
;; func 10 "both_computed" sig=3 frame=4 depth=6 credit=4
;;   i32_add_si       s2, s0, 4
;;   float_convert    s3, s1, 0
;;   store32_sa       s2, +0
;;   ret
