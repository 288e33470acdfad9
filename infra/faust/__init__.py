"""What this program relies on of Faust's, mode's, aiokafka's and rocksdict's private parts."""
