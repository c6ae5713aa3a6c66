"""Makes an export."""
header = """
date,partner_id,association,subscription_id,customer_id,amount,currency
"""
row = "2017-05-01,4000001,dpor,s1,c1,1000,USD"
