"""What tuning and training a model take, cost and must bring (pure)."""
