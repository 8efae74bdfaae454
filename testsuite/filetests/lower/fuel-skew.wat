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
