;;! test = "lower"
;; Three operands side by side, consumed; and the ops of the memory itself.

(module
  (memory 1)
  (data $d "abc")
  (func $copy (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func $fill (param i32) (memory.fill (local.get 0) (i32.const 0) (i32.const 64)))
  (func $in_place (param i32)
    (memory.fill (i32.add (local.get 0) (i32.const 8)) (i32.const 0) (i32.const 64)))
  (func $init (param i32) (memory.init $d (local.get 0) (i32.const 0) (i32.const 3)) (data.drop $d))
  (func $grow (param i32) (result i32) (i32.add (memory.grow (local.get 0)) (memory.size))))

;; func 0 "copy" sig=2 frame=6 depth=8 credit=5
;;   copy             s3, s0
;;   copy_then_copy   s4, s1, s5, s2
;;   memory_copy      s3
;;   ret
;; func 1 "fill" sig=0 frame=4 depth=6 credit=5
;;   copy             s1, s0
;;   const_u_then_const_u s2, 0, s3, 64
;;   memory_fill      s1
;;   ret
;; func 2 "in_place" sig=0 frame=4 depth=6 credit=5
;;   i32_add_si       s1, s0, 8
;;   const_u_then_const_u s2, 0, s3, 64
;;   memory_fill      s1
;;   ret
;; func 3 "init" sig=0 frame=4 depth=6 credit=20
;;   copy             s1, s0
;;   const_u_then_const_u s2, 0, s3, 3
;;   memory_init      s1, d0
;;   data_drop        d0
;;   ret
;; func 4 "grow" sig=1 frame=3 depth=5 credit=11
;;   memory_grow      s1, s0
;;   memory_size      s2
;;   i32_add_as_n     s1
;;   ret_a
