;;! test = "lower"
;; Slots get constants of 32 bits, zero- or sign-extended, or from the pool, which holds each once.

(module
  (func $unsigned (param i64) (local.set 0 (i64.const 0xffffffff)))
  (func $signed (param i64) (local.set 0 (i64.const -0x80000000)))
  (func $pool (param i64) (local.set 0 (i64.const 0x100000000)))
  (func $i32_minus (param i32) (local.set 0 (i32.const -1)))
  (func $f32 (param f32) (local.set 0 (f32.const 1.5)))
  (func $f64 (param f64) (local.set 0 (f64.const 1.5)))
  (func $pool_again (result f64) (f64.const 1.5))
  (func $operand (param f64) (result f64) (f64.mul (local.get 0) (f64.const 0.5)))
  (func $subtrahend (param i64) (result i64) (i64.sub (local.get 0) (i64.const 0x100000000)))
  (func $signed_operand (param i64) (result i64) (i64.and (local.get 0) (i64.const -65536)))
  (func $both (result i32) (i32.div_u (i32.const 7) (i32.const 2))))

;; func 0 "unsigned" sig=4 frame=1 depth=3 credit=2
;;   const_u          s0, 0xffffffff
;;   ret
;; func 1 "signed" sig=4 frame=1 depth=3 credit=2
;;   const_s          s0, 0x80000000
;;   ret
;; func 2 "pool" sig=4 frame=1 depth=3 credit=2
;;   const_pool       s0, pool[0]=0x100000000
;;   ret
;; func 3 "i32_minus" sig=5 frame=1 depth=3 credit=2
;;   const_u          s0, 0xffffffff
;;   ret
;; func 4 "f32" sig=3 frame=1 depth=3 credit=2
;;   const_u          s0, 1069547520
;;   ret
;; func 5 "f64" sig=2 frame=1 depth=3 credit=2
;;   const_pool       s0, pool[1]=0x3ff8000000000000
;;   ret
;; func 6 "pool_again" sig=0 frame=1 depth=3 credit=3
;;   zero             s0, x1
;;   const_pool_n     pool[1]=0x3ff8000000000000
;;   ret_a
;; func 7 "operand" sig=6 frame=2 depth=4 credit=3
;;   const_pool_n     pool[2]=0x3fe0000000000000
;;   f64_mul_as_n     s0
;;   ret_a
;; func 8 "subtrahend" sig=7 frame=2 depth=4 credit=3
;;   const_pool       s1, pool[0]=0x100000000
;;   i64_sub_ss       s1, s0, s1
;;   ret_a
;; func 9 "signed_operand" sig=7 frame=2 depth=4 credit=3
;;   const_pool_n     pool[3]=0xffffffffffff0000
;;   and_as_n         s0
;;   ret_a
;; func 10 "both" sig=1 frame=2 depth=4 credit=4
;;   zero             s0, x1
;;   const_u          s1, 7
;;   i32_div_u_si     s1, s1, 2
;;   ret_a
