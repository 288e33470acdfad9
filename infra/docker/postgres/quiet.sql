-- The first line of an error quotes values: sessions of the role log only what is above ERROR.
ALTER ROLE chatstream SET log_min_messages = log;
