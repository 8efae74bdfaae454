;;! test = "lower"
;; The dear way on from a branch pays for itself, so that the cheap way need not (`data_drop` costs 8).

(module
  (memory 1)
  (data $d "")
  (func $dear_fallthrough (param i32)
    (block
      (br_if 0 (local.get 0))
      (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
      (data.drop $d)))
  (func $dear_target (param i32)
    (block
      (br_if 0 (local.get 0))
      (return))
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d))
  (func $even (param i32)
    (block
      (br_if 0 (local.get 0))
      (data.drop $d) (data.drop $d))))

;; func 0 "dear_fallthrough" sig=0 frame=1 depth=3 credit=2
;;   br_if_s          s0, @0
;;   fuel             57
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;; @0 h=1 credit=1
;;   ret
;; func 1 "dear_target" sig=0 frame=1 depth=3 credit=2
;;   br_if_s_pay      s0, @0
;;   ret
;; @0 h=1 credit=57
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   data_drop        d0
;;   ret
;; func 2 "even" sig=0 frame=1 depth=3 credit=18
;;   br_if_s          s0, @0
;;   data_drop        d0
;;   data_drop        d0
;; @0 h=1 credit=1
;;   ret
