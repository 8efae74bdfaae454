;;! test = "lower"
;; A join before much straight code has a `fuel` of its own (`data_drop` costs 8).

(module
  (memory 1)
  (data $d "")
  (func (param i32)
    (block (br_if 0 (local.get 0)) (local.set 0 (i32.const 1)))
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d) (data.drop $d)))

;; func 0 sig=0 frame=1 depth=3 credit=3
;;   br_if_s          s0, @0
;;   const_u          s0, 1
;; @0 h=1 credit=1
;;   fuel             257
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   ret
